"""The networks of an experiment: where each comes from, and how far it was trained."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from srgan_tf.errors import UsageError
from srgan_tf.markdown import markdown_table
from srgan_tf.models.weights import card, names
from srgan_tf.run_directory import RunDirectory, load_config, step_of, weights_file


@dataclass(frozen=True)
class Facts:
    """What is known of a network.

    Attributes:
      name: in the experiment.
      weights: a released name, or a path.
      variant: what was trained, with everything that the paper has not.
      steps: how far, in words; "" if nobody knows.
      data: the training images.
      hardware: what it was trained on; "" if nobody knows.
    """

    name: str
    weights: str
    variant: str
    steps: str
    data: str
    hardware: str = ""


def given_networks(text: str, allowed: Sequence[str]) -> dict[str, str]:
    """Returns the networks of `--models`, by name.

    Args:
      text: NAME=WEIGHTS, separated by commas; "" or "none" for none.
      allowed: the names of the experiment.

    Raises:
      UsageError: another name, one twice, or weights that are not there.
    """
    found: dict[str, str] = {}
    for item in filter(None, map(str.strip, text.removeprefix("none").split(","))):
        name, _, weights = item.partition("=")
        if not weights:
            raise UsageError(f"--models: {item!r} is not NAME=WEIGHTS")
        if name not in allowed:
            raise UsageError(f"--models: {name} is no network of this experiment: {', '.join(allowed)}")
        if name in found:
            raise UsageError(f"--models: {name} is given twice")
        facts_of(name, weights)
        found[name] = weights
    return found


def facts_of(name: str, weights: str) -> Facts:
    """Returns what is known of a network.

    Args:
      name: in the experiment.
      weights: a released name, a `.keras` file or a run directory.

    Raises:
      UsageError: there are no such weights.
    """
    if weights in names():
        of = card(weights)
        begun = f"{of['steps']:,}"
        return Facts(name, f"released `{weights}`", of["variant"], begun, of["data"], of["hardware"])
    file = weights_file(Path(weights).expanduser())
    if not file.is_file():
        raise UsageError(f"{weights}: no such run, weights file or released model")
    run = RunDirectory(file.parent.parent)
    if not run.config.exists():
        return Facts(name, f"file `{file.name}`", "unknown", "", "unknown")
    config, step = load_config(run.config), step_of(file)
    steps = f"{step:,}" if step == config.steps else f"{step:,} of {config.steps:,} (unfinished)"
    crops = f"{config.batch_size} crops of {config.crop_size} a step of {source_name(config.data)}"
    return Facts(name, "trained here", config.variant, steps, crops)


def source_name(data: str) -> str:
    """Returns a source of images as pages name it: a folder by its last name alone."""
    return data if ":" in data else Path(data).name


def network_table(networks: Mapping[str, str]) -> str:
    """Returns a Markdown table of networks.

    Args:
      networks: weights by name, as in `facts_of`.
    """
    rows = []
    for name, weights in networks.items():
        of = facts_of(name, weights)
        rows.append([of.name, of.weights, of.variant, of.steps or "unknown", of.data])
    return markdown_table(["", "weights", "trained", "steps", "data"], rows)
