"""Resuming a run: the flags that may be given anew, and the checks that what it learns from is the same."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from srgan_tf.config import FLAGS, RunConfig
from srgan_tf.data.sources import Source
from srgan_tf.errors import UsageError
from srgan_tf.files import sha256_of
from srgan_tf.models.weights import card, names
from srgan_tf.new_config import check_effects
from srgan_tf.run_directory import RunDirectory, load_config, newest_weights, weights_file
from srgan_tf.training.checkpoints import checkpoint_steps
from srgan_tf.training.optimizer import learning_rate, planned_steps

FILES = ("init_from", "teacher", "vgg_weights", "degradation")
"""Flags that name a file, which may have moved."""


def resumed_config(run: RunDirectory, given: Mapping[str, Any]) -> RunConfig:
    """Returns the config of a run with the flags that it is resumed with.

    Values that the weights do not depend on are taken as they are given. `steps` may grow. What a run learns
    from may have another place, where its checksum is known: that of weights is compared here, that of images
    when they are read (`with_data_digest`). Other flags may repeat the run's values.

    Args:
      run: the files of the phase.
      given: values of the flags that were given, by name.

    Raises:
      UsageError: a flag contradicts the run; it names both values and says what to do.
    """
    config = load_config(run.config)
    metadata = {field.name: field.metadata for field in FLAGS}
    changed = {name: value for name, value in given.items() if getattr(config, name) != value}
    for name, value in changed.items():
        before = getattr(config, name)
        if metadata[name]["anew"] or (name == "steps" and value > before):
            continue
        if name in FILES and value and name in config.digests and _digest(value) == config.digests[name]:
            continue
        if name in ("data", "lr_data") and "data" in config.digests:
            continue
        begun_with = f"--{name}={value} contradicts {run.config}, which says {name}={before}"
        if name == "data":
            raise UsageError(
                f"{begun_with}, and has no checksum to compare with, as an older version began it; resume "
                "once with the images in their old place, or give another --run_dir"
            )
        if name == "steps":
            raise UsageError(
                f"{begun_with}: a run can only grow; leave the flag out, and stop the run with Ctrl-C when "
                "its weights are good"
            )
        network = metadata[name]["group"] == "network" and name != "discriminator_filters"
        raise UsageError(f"{begun_with}; leave the flag out to resume that run, {_another(run, network)}")
    if "steps" in changed:
        done = max(checkpoint_steps(run.checkpoints), default=0)
        lengths = {at: steps for at, steps in config.lengths.items() if int(at) < done}
        if done:
            lengths[str(done)] = planned_steps(config, done - 1)
        changed["lengths"] = lengths
    config = dataclasses.replace(config, **changed)
    check_effects(config, given)
    return config


def growth(before: RunConfig, config: RunConfig) -> str | None:
    """Returns a line on what more steps do to a run's learning rate, or None if they change nothing.

    Args:
      before: the run as it was.
      config: the run as it is resumed.
    """
    if config.steps == before.steps or not config.lengths:
        return None
    done = max(map(int, config.lengths))
    rates = [float(learning_rate(config, config.learning_rate)(step)) for step in (done - 1, done)]
    rate = f"is {rates[1]:.3g}" if rates[0] == rates[1] else f"goes from {rates[0]:.3g} to {rates[1]:.3g}"
    return (
        f"grows from {before.steps} to {config.steps} steps after step {done}: the learning rate "
        f"(--schedule={config.schedule}) {rate} there, and ends as the schedule of {config.steps} steps does"
    )


def with_digests(config: RunConfig, start: str | None) -> RunConfig:
    """Returns the config with the sha256 of the weights and the table that the run reads.

    Entries that the config has are compared; one that is missing, as in a run that an older version began, is
    added.

    Args:
      config: the run's.
      start: the weights that start the generator, where they are still to be read.

    Raises:
      UsageError: a file has another content than the run was started with.
    """
    files = {"init_from": start, "teacher": config.teacher}
    if config.content_loss != "mse" and config.vgg_weights != "imagenet":  # Keras checks the download
        files["vgg_weights"] = config.vgg_weights
    if config.degradation.endswith(".json"):
        files["degradation"] = config.degradation
    found = dict(config.digests)
    for flag, value in files.items():
        if not value:
            continue
        digest = _digest(value)
        if digest and found.setdefault(flag, digest) != digest:
            raise UsageError(
                f"--{flag}={value}: not the content that this run was started with (sha256 "
                f"{found[flag][:12]} then, {digest[:12]} now); put the file back or give another --run_dir"
            )
    return dataclasses.replace(config, digests=found)


def with_data_digest(config: RunConfig, source: Source, run: RunDirectory) -> RunConfig:
    """Returns the config with the checksum of the training images, which is compared where there is one.

    Raises:
      UsageError: the images are not those that the run was started with.
    """
    begun_with = config.digests.get("data", source.checksum)
    if begun_with != source.checksum:
        raise UsageError(
            f"--data={config.data}: not the images that this run was started with ({begun_with} then, "
            f"{source.checksum} now); put them back, {_another(run)}"
        )
    return dataclasses.replace(config, digests={**config.digests, "data": source.checksum})


def _another(run: RunDirectory, network: bool = False) -> str:
    """Says how to begin another run, from the weights of this one or of its first phase where they fit."""
    first = RunDirectory(run.root.with_name("pretrain"))
    start = first if newest_weights(first) else run
    if network or newest_weights(start) is None:
        return "or give another --run_dir"
    return f"or begin another one from its weights: another --run_dir and --init_from={start.root}"


def _digest(name_or_path: str) -> str | None:
    """Returns a file's sha256, or None where there is none, which its reader will name."""
    if name_or_path in names():
        return card(name_or_path)["sha256"]
    path = weights_file(Path(name_or_path).expanduser())
    return sha256_of(path) if path.is_file() else None
