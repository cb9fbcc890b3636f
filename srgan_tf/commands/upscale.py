"""Enlarges pictures with a trained generator."""

from pathlib import Path

from srgan_tf.command_line import CommandLine, run_command
from srgan_tf.errors import UsageError

ABOUT = """\
Enlarges pictures with SRResNet or SRGAN:

  python upscale.py photo.jpg                 writes photo_x4.png beside it
  python upscale.py photo.jpg large.webp
  python upscale.py IN_DIR OUT_DIR            every picture below IN_DIR, into a tree of the same shape

Pictures of any size fit in --max_memory. Results that are there already are skipped."""


def main() -> None:
    """Reads the flags, plans what goes where, and enlarges."""
    from srgan_tf import load
    from srgan_tf.images import MAX_PIXELS
    from srgan_tf.images.writing import WRITABLE
    from srgan_tf.inference.network import prepared
    from srgan_tf.inference.plan import plan_file, plan_folder
    from srgan_tf.inference.run import Options, run
    from srgan_tf.models.weights import default, names

    command = CommandLine(ABOUT, "IN [OUT]")
    released = f"a released name ({', '.join(names()) or 'none in this version'})"
    add = command.add
    add("model", str, f"{released}, a .keras file or a run directory", default=default())
    add(
        "output_scale",
        float,
        "enlargement of each side; the network's scale, then a resize",
        shown="the network's",
    )
    add(
        "format",
        str,
        "of the results; png keeps 16 bits and needs least memory",
        choices=WRITABLE,
        shown="png",
    )
    add("suffix", str, "behind the name of each result", shown="_x4, with the enlargement")
    add("overwrite", bool, "make results again that are there already", default=False)
    add("max_memory", float, "GB above what the program itself takes", default=2.0, rule="positive")
    add("max_pixels", int, "refuse larger pictures, as bombs", default=MAX_PIXELS, rule="positive")
    given = command.parse()
    source, output = Path(given[0]), Path(given[1]) if len(given) == 2 else None
    if not source.exists():
        raise UsageError(f"{source}: no such picture or folder")
    factor = command["output_scale"]
    if factor is not None and not 0 < factor <= 64:
        raise UsageError(f"--output_scale={factor:g}: expected more than 0 and at most 64")

    network = prepared(load(command["model"]))
    suffix = command["suffix"]
    if suffix is None:
        suffix = f"_x{factor or network.scale:g}"
    if Path(suffix).name != suffix and suffix:
        raise UsageError(f"--suffix={suffix}: expected a part of a file's name")
    kind = command["format"]
    if source.is_dir():
        jobs = plan_folder(source, output, suffix, kind or "png")
    else:
        jobs = [plan_file(source, output, suffix, kind)]
    run(
        jobs,
        network,
        Options(factor, int(command["max_memory"] * 10**9), command["max_pixels"], command["overwrite"]),
    )


def run() -> None:
    """Runs the command as a process of its own."""
    run_command(main)
