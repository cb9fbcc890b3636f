"""Exports a generator: SavedModel for TensorFlow Serving, TFLite, ONNX, a page for browsers."""

from pathlib import Path

from srgan_tf.command_line import CommandLine, run_command
from srgan_tf.errors import UsageError

ABOUT = """\
Exports a generator for use without this program:

  python export.py --weights=runs/mine --output=exported/srgan

writes exported/srgan/1/ (a SavedModel for TensorFlow Serving), *.tflite, srgan.onnx, model_card.json and
report.md, which gives each file's size, operators and closeness to the model. A file whose images differ from
the model's is an error and is not kept. --formats=tflite,web adds a page for browsers, index.html."""

NEEDS = {
    "version": ("saved_model",),
    "max_pixels": ("saved_model",),
    "bfloat16": ("saved_model",),
    "tflite_tile": ("tflite",),
    "range": ("tflite", "onnx"),
    "node_modules": ("web",),
    "page_strengths": ("web",),
}
"""The formats without which a flag has no effect."""
RANGES = ("network", "0-255")


def main() -> None:
    """Reads the flags and exports."""
    from srgan_tf.exporting.run import FORMATS, Plan

    usual = Plan(Path("exported/srgan"))
    command = CommandLine(ABOUT)
    for group, name, kind, default, text in (
        ("files", "weights", str, None, "A .keras file, a run directory or a released model's name."),
        ("files", "output", str, str(usual.output), "The directory to write; its last part names the model."),
        ("files", "formats", str, ",".join(usual.formats), f"Formats to write: some of {','.join(FORMATS)}."),
        ("files", "overwrite", bool, usual.overwrite, "Replaces what is there."),
        (
            "strength", "strength", float, None,
            "Share of the weights, 0 to 1; the rest is the faithful network's, as in upscale.py.",
        ),
        ("strength", "faithful", str, None, "The network of strength 0; a released SRGAN has its own."),
        (
            "strength", "page_strengths", str, "",
            "Strengths such as 0,0.5,1 between which users of the page choose, besides that of the files.",
        ),
        ("SavedModel", "version", int, usual.version, "Its number; TensorFlow Serving takes the highest."),
        ("SavedModel", "max_pixels", int, usual.max_pixels, "The most LR pixels of an image that it takes."),
        (
            "SavedModel", "bfloat16", bool, usual.bfloat16,
            "Convolves in bfloat16: for GPUs, and for CPUs with AMX or AVX-512 BF16.",
        ),
        (
            "TFLite", "tflite_tile", str, ",".join(map(str, usual.tiles)),
            "Sides of the files of fixed size in LR pixels, besides the file for any size.",
        ),
        (
            "TFLite and ONNX", "range", str, RANGES[0],
            "Values of input and output: network, LR in [0, 1] and SR about [-1, 1]; or 0-255, uint8 RGB in "
            "and out.",
        ),
        (
            "images", "calibration", str, usual.calibration,
            "Images for int8's ranges and for the comparison of each file: a folder, or sample (those of "
            "scikit-image).",
        ),
        (
            "page", "node_modules", str, "",
            "A folder with @litertjs/core; without it, npm fetches the package (--formats=web).",
        ),
    ):  # fmt: skip
        choices = RANGES if name == "range" else None
        command.add(name, kind, text, group=group, default=default, needed=name == "weights", choices=choices)
    command.parse()
    formats = tuple(name.strip() for name in command["formats"].split(",") if name.strip())
    for name in command.given():
        if name in NEEDS and not set(NEEDS[name]) & set(formats):
            needed = " or ".join(NEEDS[name])
            raise UsageError(f"--{name} has an effect with --formats={needed} only; leave it out")
    try:
        tiles = tuple(int(side) for side in command["tflite_tile"].split(",") if side)
    except ValueError:
        raise UsageError(
            f"--tflite_tile={command['tflite_tile']}: expected whole numbers such as 64,128"
        ) from None
    try:
        strengths = tuple(float(each) for each in command["page_strengths"].split(",") if each)
    except ValueError:
        given = command["page_strengths"]
        raise UsageError(f"--page_strengths={given}: expected numbers from 0 to 1 such as 0,0.5,1") from None
    plan = Plan(
        output=Path(command["output"]),
        formats=formats,
        version=command["version"],
        tiles=tiles,
        max_pixels=command["max_pixels"],
        calibration=command["calibration"],
        levels=command["range"] == "0-255",
        bfloat16=command["bfloat16"],
        overwrite=command["overwrite"],
        node_modules=Path(command["node_modules"]) if command["node_modules"] else None,
        strength=command["strength"],
        faithful=command["faithful"],
        page_strengths=strengths,
    )

    from srgan_tf.exporting.report import as_text
    from srgan_tf.exporting.run import export, model_of

    rows = export(model_of(command["weights"], plan), command["weights"], plan)
    print(as_text(rows), end="")
    print(f"written to {plan.output}")


def run() -> None:
    """Runs the command as a process of its own."""
    run_command(main)
