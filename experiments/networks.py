"""The networks of an experiment: where each comes from, and how far it was trained."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from experiments.command import SCALE
from srgan_tf.command_line import text_of
from srgan_tf.config import RunConfig
from srgan_tf.errors import UsageError
from srgan_tf.evaluation.methods import method_of
from srgan_tf.markdown import markdown_table
from srgan_tf.models.weights import card, names
from srgan_tf.new_config import new_config
from srgan_tf.run_directory import load_config, run_of, step_of, weights_file

SAID_ELSEWHERE = {"steps", "init_from", "start_share", "vgg_weights", "content_loss"}
"""Values of a run that pages say in words of their own."""


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
      text: NAME=WEIGHTS, separated by commas; "" for none.
      allowed: the names of the experiment.

    Raises:
      UsageError: another name, one twice, or weights that cannot be used.
    """
    found: dict[str, str] = {}
    for item in filter(None, map(str.strip, text.split(","))):
        name, _, weights = item.partition("=")
        if not weights:
            raise UsageError(f"--models: {item!r} is not NAME=WEIGHTS")
        if name not in allowed:
            raise UsageError(f"--models: {name} is no network of this experiment: {', '.join(allowed)}")
        if name in found:
            raise UsageError(f"--models: {name} is given twice")
        facts_of(name, weights)
        if weights not in names():
            check_method(f"{name}={weights}", "models")
        found[name] = weights
    return found


def check_method(item: str, flag: str) -> None:
    """Checks, before hours of other work, that an item of `evaluate.py --methods` can be used.

    Args:
      item: such as NAME=WEIGHTS.
      flag: that named it here.

    Raises:
      UsageError: no such weights or folder, or weights of another scale.
    """
    try:
        method_of(item, SCALE)
    except UsageError as error:
        raise UsageError(f"--{flag}: {item}: {error}") from error


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
    run = run_of(file)
    if run is None:
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


def other_kinds(networks: Mapping[str, str]) -> list[str]:
    """Returns a sentence on each network that was trained as something else than its name says.

    Args:
      networks: weights by name, as in `facts_of`; a name is the paper's, such as "DRCN" or "SRGAN-VGG54".
    """
    found = []
    for name, weights in networks.items():
        kind, _, loss = name.partition("-")
        variant = facts_of(name, weights).variant
        whole, _, _ = variant.partition(";")  # behind it stands what the paper has not
        if variant != "unknown" and not (whole.startswith(kind) and loss in whole):
            found.append(f"What stands as {name} was trained as {variant}.")
    return found


def unlike_paper(config: RunConfig, *, without: Sequence[str] = ()) -> list[str]:
    """Returns the values of a run that are not those of the preset "paper", each with the paper's.

    Args:
      config: of the run.
      without: names of values that the page says in words of its own.
    """
    paper = new_config(
        {"phase": config.phase, "preset": "paper", "data": config.data, "content_loss": config.content_loss}
    )
    group = {field.name: field.metadata.get("group") for field in dataclasses.fields(config)}
    named = [n for n, of in group.items() if of in ("network", "training") and n not in SAID_ELSEWHERE]
    named += ["batch_size", "crop_size", "degradation", "augment", "crops_per_image", "precision"]
    if config.phase == "gan":  # 0 stands for the generator's
        config, paper = (
            dataclasses.replace(
                c, discriminator_learning_rate=c.discriminator_learning_rate or c.learning_rate
            )
            for c in (config, paper)
        )
    return [
        f"--{name}={text_of(value)} (the paper's: {text_of(getattr(paper, name))})"
        for name in named
        if name not in without and (value := getattr(config, name)) != getattr(paper, name)
    ]
