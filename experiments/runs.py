"""The networks of an experiment: trained one after another, each resumed where it stopped."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import keras
from tqdm import tqdm

from srgan_tf import train
from srgan_tf.errors import NotFiniteError
from srgan_tf.progress import note
from srgan_tf.run_directory import RunDirectory, newest_weights, step_of


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

    Says before each network how long all that is left takes, once a first one tells.

    Args:
      planned: in this order.
      runs: folder of the run directories, one for each network.
      may_diverge: True to go on where a loss is no longer finite: a line says so, and the network is left
        out.

    Raises:
      UsageError: a run is there, but of other values.
      WorkError: a training failed.
      Stopped: Ctrl-C or SIGTERM came; the same call goes on.
    """
    found = {}
    seconds = work = 0.0
    for i, network in enumerate(planned):
        begun, missing = time.monotonic(), _missing(network, runs)
        left = sum(_missing(later, runs) for later in planned[i:])
        if missing:
            known = f", about {tqdm.format_interval(seconds / work * left)} left in all" if work else ""
            note(f"{network.name}: network {i + 1} of {len(planned)}{known}")
        try:
            found[network.name] = train(runs / network.name, **network.values)
        except NotFiniteError as error:
            if not may_diverge:
                raise
            note(f"{network.name}: did not learn: {error}")
        if missing:
            seconds += time.monotonic() - begun
            work += missing - (0 if network.name in found else _missing(network, runs))
            keras.backend.clear_session()
    return found


def _missing(network: Planned, runs: Path) -> float:
    """The work that is left of a network."""
    newest = newest_weights(RunDirectory(runs / network.name / network.values.get("phase", "pretrain")))
    done = step_of(newest) if newest else 0
    return network.work * max(0, network.values["steps"] - done)
