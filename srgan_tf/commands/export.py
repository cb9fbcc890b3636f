"""Exports a generator: SavedModel for TensorFlow Serving, TFLite, ONNX, a page for browsers."""

from pathlib import Path

from srgan_tf.command_line import CommandLine, run_command
from srgan_tf.errors import UsageError

ABOUT = """\
Exports a generator for use without this program:

  python export.py --weights=runs/mine --output=exported/srgan

writes exported/srgan/1/ (a SavedModel for TensorFlow Serving), *.tflite, srgan.onnx, model_card.json and
report.md, which gives each file's size, operators and closeness to the model. A file that is not the model
any more is an error and is not kept. --formats=tflite,web adds a page for browsers, index.html."""


def main() -> None:
    """Reads the flags and exports."""
    from srgan_tf.export.run import FORMATS, Plan

    usual = Plan(Path("exported/srgan"))
    command = CommandLine(ABOUT)
    command.add(
        "weights",
        str,
        "A .keras file, a run directory or a released model's name.",
        group="what",
        needed=True,
    )
    command.add(
        "output",
        str,
        "where to; its last part names the model",
        group="what",
        default=str(usual.output),
    )
    command.add(
        "formats", str, f"some of {','.join(FORMATS)}", group="what",
        default=",".join(usual.formats),
    )  # fmt: skip
    command.add("overwrite", bool, "replace what is there", group="what", default=False)
    command.add(
        "version", int, "of the SavedModel; TensorFlow Serving takes the highest",
        group="SavedModel", default=usual.version,
    )  # fmt: skip
    command.add(
        "max_pixels", int, "the most pixels of a picture it takes",
        group="SavedModel", default=usual.max_pixels,
    )  # fmt: skip
    command.add(
        "bfloat16", bool, "convolve in bfloat16: for CPUs with AMX or AVX-512 BF16 and for GPUs",
        group="SavedModel", default=False,
    )  # fmt: skip
    command.add(
        "tflite_tile", str, "sides of the files of fixed size, besides the one for any size",
        group="TFLite", default=",".join(map(str, usual.tiles)),
    )  # fmt: skip
    command.add(
        "calibration",
        str,
        "photographs for int8 and for the figures: a folder, or sample, those of scikit-image",
        group="TFLite",
        default=usual.calibration,
    )
    command.add(
        "node_modules", str, "a folder with @litertjs/core, instead of fetching it with npm (--formats=web)",
        group="page", default="",
    )  # fmt: skip
    command.parse()
    try:
        tiles = tuple(int(side) for side in command["tflite_tile"].split(",") if side)
    except ValueError:
        raise UsageError(
            f"--tflite_tile={command['tflite_tile']}: expected whole numbers such as 64,128"
        ) from None
    plan = Plan(
        output=Path(command["output"]),
        formats=tuple(name.strip() for name in command["formats"].split(",") if name.strip()),
        version=command["version"],
        tiles=tiles,
        max_pixels=command["max_pixels"],
        calibration=command["calibration"],
        bfloat16=command["bfloat16"],
        overwrite=command["overwrite"],
        node_modules=Path(command["node_modules"]) if command["node_modules"] else None,
    )

    from srgan_tf import load
    from srgan_tf.export.report import as_text
    from srgan_tf.export.run import export
    from srgan_tf.models.receptive_field import receptive_radius

    model = load(command["weights"])
    rows = export(model, command["weights"], receptive_radius(model), plan)
    print(as_text(rows), end="")
    print(f"written to {plan.output}")


def run() -> None:
    """Runs the command as a process of its own."""
    run_command(main)
