"""A run from its flags: config, networks and data are put together and handed to the loop."""

import contextlib
import dataclasses
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import keras
import tensorflow as tf

from srgan_tf import load
from srgan_tf.config import RunConfig
from srgan_tf.data.degradation.table_files import table_named
from srgan_tf.data.pairs import open_pairs
from srgan_tf.data.sources import Source, open_source
from srgan_tf.errors import UsageError
from srgan_tf.files import check_writable, replacing
from srgan_tf.models.config import BaselineConfig, precision_named
from srgan_tf.models.discriminator import discriminator
from srgan_tf.models.drcn import with_recursions
from srgan_tf.models.networks import config_of, network
from srgan_tf.models.sub_pixel_constraint import apply_constraints
from srgan_tf.models.weights import card, names
from srgan_tf.new_config import new_config, phase_of
from srgan_tf.run_directory import (
    RunDirectory,
    load_config,
    locked,
    newest_weights,
    run_of,
    save_config,
    step_of,
    weights_file,
)
from srgan_tf.training.checkpoints import checkpoint_steps, writing
from srgan_tf.training.devices import Training, is_chief, strategy_named
from srgan_tf.training.loop import run_steps
from srgan_tf.training.objectives import content_loss, teacher
from srgan_tf.training.optimizer import Kept
from srgan_tf.training.phases import AdversarialTraining, Pretraining
from srgan_tf.training.resuming import growth, resumed_config, with_data_digest, with_digests


def resolve(given: dict[str, Any], run_dir: Path) -> RunConfig:
    """Returns the config of the run that these flags name: the one that it has, or a new one.

    Raises:
      UsageError: a flag contradicts the run, the values do not make a run, or the file of --degradation is
        no table.
    """
    phase = phase_of(given)
    run = RunDirectory(run_dir / phase)
    if run.config.exists():
        config = resumed_config(run, given)
    else:
        first = RunDirectory(run_dir / "pretrain").config
        inherits = phase == "gan" and first.exists()
        config = new_config(given, load_config(first) if inherits else None)
    table_named(config.degradation)
    return config


def train(
    given: dict[str, Any], run_dir: Path, strategy: tf.distribute.Strategy | None = None
) -> RunDirectory:
    """Trains one phase, from its start or from its newest checkpoint. Writes nothing before all is well.

    Args:
      given: values by name, as from flags (`srgan_tf.config.RunConfig`).
      run_dir: directory of both phases.
      strategy: the devices, where not those of the config.

    Returns:
      The files of the phase.

    Raises:
      UsageError: wrong use.
      NotFiniteError: a loss or gradient was not finite.
      Stopped: a signal asked to stop; the state is saved.
    """
    check_writable(run_dir, "run_dir")
    config = resolve(given, run_dir)
    run = RunDirectory(run_dir / config.phase)
    strategy = strategy or strategy_named(config.strategy)
    _check_devices(config, strategy.num_replicas_in_sync)
    if not tf.config.list_physical_devices("GPU"):
        # On a CPU reproducibility to the bit costs next to nothing.
        tf.config.experimental.enable_op_determinism()
    keras.utils.set_random_seed(config.seed)

    chief = is_chief(strategy)
    with contextlib.ExitStack() as held:
        begun = run.config.exists()
        grown = growth(load_config(run.config), config) if begun else None
        if chief and begun:
            held.enter_context(locked(run))
        start = None if checkpoint_steps(run.checkpoints) else starting_weights(config, run_dir)
        config = with_digests(config, start)
        weights = None if start is None else initial_weights(config, start)
        with strategy.scope():
            training, ema = build(config, weights, synchronized=strategy.num_replicas_in_sync > 1)
            kept = kept_of(config, training, ema)
        # What is found of the sources goes to the run only after every check.
        cache = run.sources if run.sources.exists() else Path(held.enter_context(TemporaryDirectory()))
        source = _training_source(config, cache)
        config = with_data_digest(config, source, run)
        val_source = _validation_source(config, cache) if chief else None
        if chief:
            if not begun:
                held.enter_context(locked(run))
                if run.config.exists():
                    raise UsageError(
                        f"{run.root}: another command began this run meanwhile; give the command again"
                    )
            print(f"training: {source.summary()}")
            if val_source:
                print(f"validation: {val_source.summary()}")
            if start is not None:
                print(f"starts from {origin(start)}")
            if grown:
                print(grown)
            with writing(run):
                save_config(config, run.config)
                if cache != run.sources and any(cache.iterdir()):
                    with replacing(run.sources) as beside:
                        shutil.copytree(cache, beside)
        run_steps(config, run, training, kept, source, val_source, strategy)
    return run


def _check_devices(config: RunConfig, replicas: int) -> None:
    if config.batch_size % replicas:
        raise UsageError(
            f"--batch_size={config.batch_size}: expected a multiple of the {replicas} devices in use"
        )
    if config.precision == "mixed_float16" and replicas > 1:
        raise UsageError(
            "--precision=mixed_float16: its loss scaling works on one device only; use mixed_bfloat16"
        )


def starting_weights(config: RunConfig, run_dir: Path) -> str | None:
    """Returns the name or path of the weights that start the generator, or None for random ones.

    Raises:
      UsageError: the second phase has none to start from, or the run's own are of another content loss.
    """
    if config.init_from:
        return config.init_from
    if config.phase == "pretrain":
        return None
    first = RunDirectory(run_dir / "pretrain")
    path = newest_weights(first)
    if path is None:
        raise UsageError(
            f"--phase=gan starts from pretrained weights, and {first.weights} has none; run "
            f"--phase=pretrain --run_dir={run_dir} first, or give weights with --init_from=PATH.keras"
        )
    if first.config.exists() and load_config(first.config).content_loss != "mse":
        raise UsageError(
            f"--phase=gan starts from SRResNet-MSE, and {first.root} is {load_config(first.config).variant}; "
            f"give --init_from={path} if it is meant, or another --run_dir"
        )
    return str(path)


def origin(start: str) -> str:
    """Returns a line on the weights that start a generator: their place, and how far they were trained.

    Args:
      start: a released model's name, a `.keras` file or a run directory.
    """
    if start in names():
        return f"the released {start} ({card(start)['variant']}, {card(start)['steps']} steps)"
    path = weights_file(Path(start).expanduser())
    run = run_of(path)
    if run is None:
        return str(path)
    config = load_config(run.config)
    return f"{path} ({config.variant}, step {step_of(path)} of {config.steps})"


def initial_weights(config: RunConfig, start: str) -> list:
    """Returns the arrays that start the generator.

    Raises:
      UsageError: there are none, or they belong to another network.
    """
    model = load(start)
    found, wanted = config_of(model), config.generator
    if config.model == "drcn" and isinstance(found, BaselineConfig) and found.recursions is not None:
        model = with_recursions(model, config.recursions)  # any number of them has the same convolutions
        found = dataclasses.replace(found, recursions=config.recursions)
    if found != wanted:
        raise UsageError(f"{start} holds {found}, but the flags ask for {wanted}")
    return model.get_weights()


def build(config: RunConfig, start: list | None, *, synchronized: bool) -> tuple[Training, keras.Model]:
    """Returns the networks of a run with their losses and optimizers, and the EMA of the generator.

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
    ema = network(config.generator)
    ema.set_weights(generator.get_weights())
    content = content_loss(config)
    if config.phase == "pretrain":
        return Pretraining(generator, content, config, teacher(config, precision)), ema
    critic = discriminator(
        config.crop_size - config.critic_shift,
        config.discriminator_filters,
        precision=precision,
        synchronized=synchronized,
    )
    return AdversarialTraining(generator, critic, content, config), ema


def _training_source(config: RunConfig, cache: Path) -> Source:
    if config.lr_data:
        return open_pairs(config.data, config.lr_data, config.scale, min_size=config.crop_size, cache=cache)
    return open_source(config.data, min_size=config.crop_size, cache=cache)


def kept_of(config: RunConfig, training: Training, ema: keras.Model) -> Kept:
    """Returns what is validated and kept; call it in the scope, before any update."""
    if not config.start_share:
        return Kept(ema)
    start = network(config.generator)
    start.set_weights(training.generator.get_weights())
    return Kept(ema, start, config.start_share)


def _validation_source(config: RunConfig, cache: Path | None) -> Source | None:
    if not config.val_data:
        return None
    least = 16 * config.scale
    if config.val_lr_data:
        return open_pairs(config.val_data, config.val_lr_data, config.scale, min_size=least, cache=cache)
    return open_source(config.val_data, split="validation", min_size=least, cache=cache)
