"""A run from its flags: config, networks and data are put together and handed to the loop."""

import shutil
import tempfile
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from srgan_tf import load
from srgan_tf.config import RunConfig, new_config, phase_of
from srgan_tf.data.sources import Source, open_source
from srgan_tf.errors import UsageError
from srgan_tf.files import replacing
from srgan_tf.models.config import precision_named
from srgan_tf.models.discriminator import discriminator
from srgan_tf.models.networks import config_of, network
from srgan_tf.models.sub_pixel_constraint import apply_constraints
from srgan_tf.run_directory import (
    RunDirectory,
    check_writable,
    load_config,
    newest_weights,
    resumed_config,
    save_config,
)
from srgan_tf.training.content import content_loss
from srgan_tf.training.drcn import DRCNTraining
from srgan_tf.training.loop import run_steps
from srgan_tf.training.srgan import SRGANTraining
from srgan_tf.training.srresnet import SRResNetTraining
from srgan_tf.training.strategy import is_chief, strategy_named
from srgan_tf.training.teacher import teacher


def resolve(given: dict[str, Any], run_dir: Path) -> RunConfig:
    """The config of the run that these flags name: the one it was started with, or a new one.

    Raises:
      UsageError: a flag contradicts the run, or the values do not make a run.
    """
    phase = phase_of(given)
    run = RunDirectory(run_dir / phase)
    if run.config.exists():
        return resumed_config(run.config, given)
    first = RunDirectory(run_dir / "pretrain").config
    inherits = phase == "gan" and first.exists()
    return new_config(given, load_config(first) if inherits else None)


def train(
    given: dict[str, Any], run_dir: Path, strategy: tf.distribute.Strategy | None = None
) -> RunDirectory:
    """Trains one phase, from its start or from its newest checkpoint. Writes nothing before all is well.

    Args:
      given: values by name, as from flags (`srgan_tf.config.RunConfig`).
      run_dir: directory of both phases.
      strategy: the devices, where not those of the config.

    Returns:
      Where the phase's files are.

    Raises:
      UsageError: wrong use.
      WorkError: a loss or gradient was not finite.
      Stopped: a signal asked to stop; the state is saved.
    """
    check_writable(run_dir)
    config = resolve(given, run_dir)
    run = RunDirectory(run_dir / config.phase)
    strategy = strategy or strategy_named(config.strategy)
    replicas = strategy.num_replicas_in_sync
    if config.batch_size % replicas:
        raise UsageError(
            f"--batch_size={config.batch_size}: expected a multiple of the {replicas} devices in use"
        )
    if config.precision == "mixed_float16" and replicas > 1:
        raise UsageError(
            "--precision=mixed_float16: its loss scaling works on one device only; use mixed_bfloat16"
        )
    if not tf.config.list_physical_devices("GPU"):
        # On a CPU reproducibility to the bit costs next to nothing.
        tf.config.experimental.enable_op_determinism()
    keras.utils.set_random_seed(config.seed)

    start = initial_weights(config, run_dir)
    with strategy.scope():
        training, average = build(config, start, synchronized=replicas > 1)
    with tempfile.TemporaryDirectory() as new:
        # What is found of the sources goes to the run only when nothing can be wrong any more.
        cache = run.sources if run.sources.exists() else Path(new)
        source = open_source(config.data, min_size=config.crop_size, cache=cache)
        val_source = _validation_source(config, cache) if is_chief(strategy) else None
        if is_chief(strategy):
            print(f"training: {source.summary()}")
            if val_source:
                print(f"validation: {val_source.summary()}")
            save_config(config, run.config)
            if cache != run.sources:
                with replacing(run.sources) as beside:
                    shutil.copytree(cache, beside)
    run_steps(config, run, training, average, source, val_source, strategy)
    return run


def initial_weights(config: RunConfig, run_dir: Path) -> list | None:
    """The weights that start the generator, or None for random ones.

    Raises:
      UsageError: there are none to start the second phase from, or they belong to another network.
    """
    path = config.init_from or None
    if path is None and config.phase == "gan":
        path = newest_weights(RunDirectory(run_dir / "pretrain"))
        if path is None:
            raise UsageError(
                f"--phase=gan starts from pretrained weights, and {run_dir}/pretrain/weights has none; run "
                f"--phase=pretrain --run_dir={run_dir} first, or give weights with --init_from=PATH.keras"
            )
    if path is None:
        return None
    model = load(path)
    found = config_of(model)
    if found != config.generator:
        raise UsageError(f"{path} holds {found}, but the flags ask for {config.generator}")
    return model.get_weights()


def build(
    config: RunConfig, start: list | None, *, synchronized: bool
) -> tuple[SRResNetTraining | SRGANTraining, keras.Model]:
    """The networks of a run with their losses and optimizers, and the generator's average.

    Call it in the strategy's scope.

    Args:
      config: the run.
      start: the generator's weights, or None for random ones.
      synchronized: batch statistics over all replicas.
    """
    accelerator = bool(tf.config.list_physical_devices("GPU"))
    precision = precision_named(config.precision, accelerator=accelerator)
    generator = network(
        config.generator,
        precision=precision,
        synchronized=synchronized,
        sub_pixel_constraint=config.sub_pixel_constraint,
    )
    if start is not None:
        generator.set_weights(start)
    apply_constraints(generator)
    average = network(config.generator)
    average.set_weights(generator.get_weights())
    content = content_loss(config)
    if config.phase == "pretrain":
        training = DRCNTraining if config.model == "drcn" else SRResNetTraining
        return training(generator, content, config, teacher(config, precision)), average
    critic = discriminator(
        config.crop_size, config.discriminator_filters, precision=precision, synchronized=synchronized
    )
    return SRGANTraining(generator, critic, content, config), average


def _validation_source(config: RunConfig, cache: Path | None) -> Source | None:
    if not config.val_data:
        return None
    return open_source(config.val_data, split="validation", min_size=16 * config.scale, cache=cache)
