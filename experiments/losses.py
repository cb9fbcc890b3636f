"""`python -m experiments.losses`: five content losses and phases, Table 1 and Figure 6 of the paper."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from experiments.command import add_training, check_ready, experiment_command, run_experiment, typed
from srgan_tf.command_line import CommandLine
from srgan_tf.errors import UsageError
from srgan_tf.files import check_writable

if TYPE_CHECKING:
    from experiments.runs import Planned

ABOUT = """\
The paper's five variants, SRResNet-MSE and -VGG22, SRGAN-MSE, -VGG22 and -VGG54, on the benchmarks: Table 1
(values beside the published ones) and Figure 6 (the same crops side by side).

  python -m experiments.losses --benchmarks=DIR --data=PHOTOS --vgg_weights=FILE.keras

Variants that are not given by --models are trained from the same SRResNet-MSE, one after another. The same
command goes on where it stopped, and makes the page again from what is there."""

START = "SRResNet-MSE"
NONE = "none"


@dataclass(frozen=True)
class Variant:
    """A row of Table 1.

    Attributes:
      published: its name in `srgan_tf.published`.
      phase: as in train.py.
      content_loss: as in train.py.
      steps: of the short schedule.
      short: further values of the short schedule, which is otherwise the preset "cpu".
    """

    published: str
    phase: str
    content_loss: str
    steps: int = 800
    short: Mapping[str, float] = field(default_factory=dict)


VARIANTS = {
    START: Variant("SRResNet", "pretrain", "mse", 3000),
    "SRResNet-VGG22": Variant("SRResNet-VGG22", "pretrain", "vgg22", short={"learning_rate": 4e-4}),
    # The weights of "cpu" suit features: squared error is a hundredth of them, and keeps colours itself.
    "SRGAN-MSE": Variant(
        "SRGAN-MSE", "gan", "mse", short={"adversarial_weight": 1e-3, "consistency_weight": 0.0}
    ),
    "SRGAN-VGG22": Variant("SRGAN-VGG22", "gan", "vgg22"),
    "SRGAN-VGG54": Variant("SRGAN", "gan", "vgg54"),
}
"""In the order of Table 1. All but the first start from it."""
RELEASED = "SRResNet-MSE=srresnet-even,SRGAN-VGG22=srgan-vgg22,SRGAN-VGG54=srgan"
"""Taken by the short schedule; both SRGANs were trained from this SRResNet."""
CROPS = "losses_crops.jpg"
SIDE, SHOWN = 64, 4
"""Of a crop of Figure 6, in pixels, and how many images it shows."""
NOTE = (
    "Measured under protocol `paper`, and in brackets as published. NIQE is measured with the packaged "
    "parameters: the lower, the more natural. Before MOS stands the distance to the features of HR, as "
    "--vgg_weights compute them."
)
SUBSTITUTE = (
    "VGG-19's own weights were not had: in training and in the table the features are those of the files "
    "that --vgg_weights and --vgg22_weights name. Substitutes are named so in the table of networks."
)


def main() -> int:
    """Trains what is missing, evaluates, writes the page; returns 1 where it has to do without something."""
    command = experiment_command(ABOUT)
    add_training(command, "losses")
    command.add("vgg_weights", str, "Weights of VGG-19, as in train.py.", default="imagenet")
    command.add(
        "vgg22_weights",
        str,
        "The same for the variants with VGG22, where another file has block2_conv2.",
        shown="--vgg_weights",
    )
    command.add(
        "models",
        str,
        "NAME=WEIGHTS,...: variants that are trained already, each a released name, a weights file or a run "
        f"directory; {NONE} for none.",
        shown=f"{RELEASED} with --preset=short",
    )
    command.add("study", str, "Folder of an opinion test that has been rated: adds its scores.")
    command.parse()
    out = check_ready(command["out"], "losses", CROPS, benchmarks=command["benchmarks"])

    from experiments.crops import detailed_crops
    from experiments.networks import given_networks, network_table, other_kinds, unlike_paper
    from experiments.page import save_crops, write_page
    from experiments.runs import trained
    from experiments.scores import datasets_in, opinions_of, score_tables, scored
    from srgan_tf.models.vgg import feature_extractor, features_name
    from srgan_tf.new_config import new_config

    runs, benchmarks = (Path(command[name]).expanduser() for name in ("runs", "benchmarks"))
    check_writable(runs, "runs")
    usual = RELEASED if command["preset"] == "short" else NONE
    asked = usual if command["models"] is None else command["models"]
    models = given_networks("" if asked == NONE else asked, tuple(VARIANTS))
    published = {"bicubic": "bicubic", **{name: v.published for name, v in VARIANTS.items()}, "HR": "HR"}
    opinions = opinions_of(command["study"], published, datasets_in(benchmarks))
    missing = [name for name in VARIANTS if name not in models]
    if missing and not command["data"]:
        raise UsageError(f"--data is missing: it trains {', '.join(missing)}; or give them with --models")
    idle = () if missing else ("data", "preset")
    of_vgg22 = [name for name in missing if VARIANTS[name].content_loss == "vgg22"]
    for flag in (*idle, *(() if of_vgg22 else ("vgg22_weights",))):
        if flag in command.given():
            raise UsageError(f"--{flag} has no effect: --models gives every network that it would train")
    if command["vgg_weights"]:
        feature_extractor("vgg54", command["vgg_weights"])
    if of_vgg22:
        feature_extractor("vgg22", command["vgg22_weights"] or command["vgg_weights"])
    start = models.get(START, str(runs / START / "pretrain"))
    planned = [_planned(name, command, start) for name in missing]
    made = {name: str(weights) for name, weights in trained(planned, runs).items()}
    models = {name: models.get(name) or made[name] for name in VARIANTS}

    listed = [f"{name}={weights}" for name, weights in models.items()]
    report = runs / "report"
    found = scored(
        ["bicubic", *listed, f"HR={benchmarks}"], benchmarks, report, vgg_weights=command["vgg_weights"]
    )
    evaluation = found.evaluation
    save_crops(detailed_crops(evaluation, report, ("bicubic", *VARIANTS), SIDE, SHOWN), out / CROPS)
    values = {network.name: unlike_paper(new_config(dict(network.values))) for network in planned}
    used = {("vgg54", command["vgg_weights"])}
    used |= {(v["content_loss"], v["vgg_weights"]) for n in planned if "vgg_weights" in (v := n.values)}
    parts = [
        "## The networks",
        network_table(models),
        "## Table 1",
        NOTE,
        score_tables(evaluation, published, opinions),
        "## Figure 6",
        f"![The same crops of bicubic, the five variants and HR]({CROPS})",
    ]
    differences = [
        "Each network's training is in the table below: steps, images, and in brackets every term and every "
        "constraint that the paper has not. The paper takes a million steps for SRResNet and 200,000 for an "
        "SRGAN, 16 crops of 96 pixels each, from 350,000 images of ImageNet.",
        *other_kinds(models),
        *(f"Values of {name}: {', '.join(of)}." for name, of in values.items() if of),
        *([SUBSTITUTE] if any(features_name(*of) != of[0].upper() for of in used) else []),
        *([] if opinions else ["No people were asked: MOS is the published one alone."]),
        *found.missing,
    ]
    page = write_page(
        out,
        "losses",
        "Content losses",
        "Table 1 and Figure 6 of Ledig et al. (CVPR 2017): what the content loss and the adversary do.",
        typed("losses"),
        differences,
        "\n\n".join(parts),
    )
    print(f"{page} and {out / CROPS}")
    return 1 if found.missing else 0


def _planned(name: str, command: CommandLine, start: str) -> "Planned":
    """The training of a variant that is not given."""
    from experiments.runs import Planned

    variant = VARIANTS[name]
    gan = variant.phase == "gan"
    values: dict[str, Any] = {
        "phase": variant.phase,
        "content_loss": variant.content_loss,
        "data": command["data"],
    }
    if name != START:
        values["init_from"] = start
    if variant.content_loss != "mse":
        own = command["vgg22_weights"] if variant.content_loss == "vgg22" else None
        values["vgg_weights"] = own or command["vgg_weights"]
    if command["preset"] == "paper":
        values |= {"preset": "paper", "steps": 200_000 if gan else 1_000_000}
    else:
        values |= {"preset": "cpu", "steps": variant.steps, **variant.short}
    return Planned(name, values, 1.0 if gan else 0.6)


def run() -> None:
    """Runs the command as a process of its own."""
    run_experiment(main)


if __name__ == "__main__":
    run()
