"""Evaluates methods on datasets, as the paper's tables were computed and as later papers do it."""

import inspect
import sys
from pathlib import Path

from srgan_tf.command_line import CommandLine, run_command
from srgan_tf.errors import UsageError

ABOUT = """\
Evaluates methods of super-resolution on datasets and writes a report:

  python evaluate.py --benchmarks=DIR --methods=nearest,bicubic,mine=runs/mine,other=IMAGES --report=report

prints a table of PSNR / SSIM and leaves table.md, per_image.csv, figures.json and index.html, a page with the
images, in the report's folder. A second call takes from there what has not changed.
Figures are those of the plain networks, which see zeros around an image, as in the published tables;
upscale.py mirrors images at their borders."""


def main() -> int:
    """Reads the flags, evaluates, and says what could not be evaluated."""
    from srgan_tf import library
    from srgan_tf.bicubic import SCALES
    from srgan_tf.evaluation.protocols import CHOICES
    from srgan_tf.inference.precisions import PRECISIONS
    from srgan_tf.models.vgg import LAYERS

    usual = {name: value.default for name, value in inspect.signature(library.evaluate).parameters.items()}
    command = CommandLine(ABOUT)
    command.add("benchmarks", str, "Folder that holds a folder of HR images for each dataset.", needed=True)
    command.add(
        "methods",
        str,
        "Methods to evaluate, separated by commas: nearest, bicubic, selfexsr, a released model's name, or "
        "NAME=PATH of a weights file, a run directory, a TFLite file or a folder of images named like the HR "
        "images (of any other system); {set} in PATH stands for the dataset's name. NAME=PATH:0.5 is a "
        "network at --strength=0.5 of upscale.py, a + behind a network its --self_ensemble: srresnet+.",
        default="nearest,bicubic",  # unlike the function's, at every scale
    )
    command.add(
        "report", str, "Folder of the report, which is made if there is none.", default=usual["report"]
    )
    command.add(
        "protocol",
        str,
        "Evaluation protocol. paper: as in the tables of Ledig et al.; community: as in later papers.",
        default=usual["protocol"],
        choices=CHOICES,
    )
    command.add(
        "degradation",
        str,
        "Cases in which LR is made, separated by commas: clean, or steps joined by + in this order: blurS "
        "(Gaussian, sigma in HR pixels), noiseS (standard deviation of 255), jpegQ (quality), such as "
        "noise10+jpeg60; phone is blur0.8+noise4+jpeg80; photo, second-order or PATH.json, a table of "
        "--degradation of train.py, draws once for each image. Seeds are fixed.",
        default=usual["degradation"],
    )
    command.add("scale", int, "Factor by which each side grows.", default=usual["scale"], choices=SCALES)
    command.add(
        "precision",
        str,
        "Numeric type of the networks' convolutions; this shows what a faster one costs.",
        default=usual["precision"],
        choices=PRECISIONS[1:],
    )
    command.add(
        "niqe",
        str,
        "Adds NIQE, a metric of naturalness without ground truth: --niqe=photographs takes the parameters "
        "that come with the package, --niqe=FILE those of a file, .npz (python -m srgan_tf.metrics.niqe fit) "
        "or .mat.",
        default=usual["niqe"],
    )
    features = "Adds the distance of VGG-19 features: imagenet, PATH.h5 or PATH.keras."
    command.add("vgg_weights", str, features, default=usual["vgg_weights"])
    layer = usual["vgg_layer"]
    command.add("vgg_layer", str, "Layer of the feature distance.", default=layer, choices=tuple(LAYERS))
    command.parse()
    if "vgg_layer" in command.given() and not command["vgg_weights"]:
        raise UsageError("--vgg_layer has no effect without --vgg_weights; give both or neither")

    from srgan_tf.evaluation.run import run_evaluation

    folders = {name: Path(command[name]).expanduser() for name in ("benchmarks", "report")}
    table, notes, problems = run_evaluation(**{**command.values(), **folders})
    print(table)
    for note in notes:
        print(f"note: {note}", file=sys.stderr)
    for problem in problems:
        print(f"error: {problem}", file=sys.stderr)
    print(f"\nreport: {Path(command['report']) / 'index.html'}")
    return 1 if problems else 0


def run() -> None:
    """Runs the command as a process of its own."""
    run_command(main)
