"""The networks of an experiment: trained one after another, each resumed where it stopped."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import keras
from tqdm import tqdm

from srgan_tf import train
from srgan_tf.errors import NotFiniteError, UsageError, WorkError
from srgan_tf.progress import note
from srgan_tf.run_directory import RunDirectory, newest_weights, step_of
from srgan_tf.training.checkpoints import checkpoint_steps
from srgan_tf.training.run import resolve


@dataclass(frozen=True)
class Planned:
    """A network to train.

    Attributes:
      name: its own, also of its run directory.
      values: the flags of `train.py` by name; "steps" is among them.
      work: what a step costs, in any unit that all networks of the experiment share.
    """

    name: str
    values: Mapping[str, Any] = field(default_factory=dict)
    work: float = 1.0


def trained(planned: Sequence[Planned], runs: Path, *, may_diverge: bool = False) -> dict[str, Path]:
    """Trains what is not trained to its end yet, and returns the weights of each network by name.

    Says before each network how long all that is left takes, once a first one tells. A network whose weights
    are of its last step is done, whatever else is left of its run.

    Args:
      planned: in this order.
      runs: folder of the run directories, one for each network.
      may_diverge: True to go on where a loss is no longer finite: a line says so, and the network is left
        out.

    Raises:
      UsageError: a run is there, but of other values, or with weights and no checkpoint to go on from.
      WorkError: a training failed, or its weights are gone.
      Stopped: Ctrl-C or SIGTERM came; the same call goes on.
    """
    check_begun(planned, runs)
    found = {}
    seconds = work = 0.0
    for i, network in enumerate(planned):
        begun, missing = time.monotonic(), _missing(network, runs)
        left = sum(_missing(later, runs) for later in planned[i:])
        if not missing:
            found[network.name] = newest_weights(_run(network, runs))
            continue
        known = f", about {tqdm.format_interval(seconds / work * left)} left in all" if work else ""
        note(f"{network.name}: network {i + 1} of {len(planned)}{known}")
        try:
            weights = train(runs / network.name, **network.values)
            if weights is None:
                raise WorkError(
                    f"{_run(network, runs).root}: its training has ended and its weights are gone; remove "
                    "this folder to train it again"
                )
            found[network.name] = weights
        except NotFiniteError as error:
            if not may_diverge:
                raise
            note(f"{network.name}: did not learn: {error}")
        seconds += time.monotonic() - begun
        # One that did not learn has done the steps of its last weights.
        work += missing - (0 if network.name in found else _missing(network, runs))
        keras.backend.clear_session()
    return found


def check_begun(planned: Sequence[Planned], runs: Path) -> None:
    """Checks, before any training, that the runs that are there can go on with the values of this command.

    Raises:
      UsageError: one has other values, or weights and no checkpoint to go on from.
    """
    for network in planned:
        run = _run(network, runs)
        newest = newest_weights(run)
        if run.config.exists():
            resolve(dict(network.values), runs / network.name)
        if newest and _missing(network, runs) and not checkpoint_steps(run.checkpoints):
            raise UsageError(
                f"{run.root} has weights of step {step_of(newest):,} and no checkpoint to go on from: put it "
                "back, or remove this folder to begin anew"
            )


def _run(network: Planned, runs: Path) -> RunDirectory:
    return RunDirectory(runs / network.name / network.values.get("phase", "pretrain"))


def _missing(network: Planned, runs: Path) -> float:
    """The work that is left of a network."""
    newest = newest_weights(_run(network, runs))
    done = step_of(newest) if newest else 0
    return network.work * max(0, network.values["steps"] - done)
