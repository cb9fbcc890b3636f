"""python -m srgan_tf.data.degradation show | table: a degradation to look at, and its table as JSON."""

from pathlib import Path
from typing import TYPE_CHECKING

from srgan_tf.command_line import CommandLine, run_command, run_subcommand
from srgan_tf.errors import UsageError
from srgan_tf.quiet import start_tensorflow

if TYPE_CHECKING:
    from srgan_tf.data.degradation.table import Table

ABOUT = """\
Shows what --degradation of train.py does to LR:

  python -m srgan_tf.data.degradation show IMAGE --degradation=photo    a sheet of sixteen draws
  python -m srgan_tf.data.degradation table photo                       the table as JSON

Each command takes --help."""

SHOW = """\
Writes a sheet: the middle of IMAGE as LR, degraded sixteen times, with the values of each draw under it. A
pixel of LR is a square of --scale pixels:

  python -m srgan_tf.data.degradation show photo.jpg --output=sheet.png"""

TABLE = """\
Prints a table as JSON, to start one of your own from:

  python -m srgan_tf.data.degradation table photo > mine.json
  python -m srgan_tf.data.degradation show photo.jpg --degradation=mine.json
  python train.py --degradation=mine.json --data=DIR --run_dir=runs/mine

NAME is photo, second-order (Real-ESRGAN's) or a file, which is checked."""


def main() -> int | None:
    """Runs one of the commands."""
    return run_subcommand(ABOUT, {"show": show, "table": table})


def show(argv: list[str]) -> None:
    """Writes a sheet of draws."""
    start_tensorflow()
    from srgan_tf.bicubic import SCALES

    command = CommandLine(SHOW, "IMAGE")
    command.add(
        "degradation", str, "photo, second-order, or a table of your own, PATH.json.", default="photo"
    )
    command.add("seed", int, "Seed of the draws.", default=0, rule="not negative")
    command.add("scale", int, "Factor between LR and HR.", default=4, choices=SCALES)
    command.add("output", str, "File to write: PNG, JPEG or WebP by its name.", default="sheet.png")
    image = Path(command.parse(argv)[0]).expanduser()
    from srgan_tf.data.degradation.sheet import sheet
    from srgan_tf.files import check_writable, replacing
    from srgan_tf.images import UnusableImage, read_rgb
    from srgan_tf.images.writing import WRITABLE

    values = _table(command["degradation"])
    output = Path(command["output"]).expanduser()
    if output.suffix[1:].lower() not in WRITABLE:
        raise UsageError(f"--output={output}: expected a name that ends with .{', .'.join(WRITABLE)}")
    if output.is_dir():
        raise UsageError(f"--output={output}: is a folder; give a file")
    check_writable(output.parent, "output")
    try:
        pixels = read_rgb(image)
    except (OSError, UnusableImage) as error:
        raise UsageError(f"{image}: no image that can be read: {' '.join(str(error).split())}") from error
    drawing = sheet(pixels, values, command["seed"], command["scale"])
    with replacing(output) as beside:
        drawing.save(beside)
    print(f"written to {output}")


def table(argv: list[str]) -> None:
    """Prints a table."""
    from srgan_tf.data.degradation.table_files import as_json

    print(as_json(_table(CommandLine(TABLE, "NAME").parse(argv)[0])), end="")


def _table(name: str) -> "Table":
    from srgan_tf.data.degradation.table import TABLES
    from srgan_tf.data.degradation.table_files import table_named

    found = table_named(name)
    if found is None:
        raise UsageError(
            f"{name} draws nothing at random and has no table: expected {', '.join(TABLES)} or PATH.json"
        )
    return found


def run() -> None:
    """Runs the command as a process of its own."""
    run_command(main, tensorflow=False)


if __name__ == "__main__":
    run()
