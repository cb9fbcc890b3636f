"""Enlarges pictures with a trained generator."""

import sys
from pathlib import Path

from srgan_tf.errors import UsageError, exit_code
from srgan_tf.quiet import start_tensorflow

ABOUT = """\
Enlarges pictures with SRResNet or SRGAN:

  python upscale.py photo.jpg                 writes photo_x4.png beside it
  python upscale.py photo.jpg large.webp
  python upscale.py IN_DIR OUT_DIR            every picture below IN_DIR, into a tree of the same shape

Pictures of any size fit in --max_memory. Results that are there already are skipped."""


def main() -> None:
    """Reads the flags, plans what goes where, and enlarges."""
    start_tensorflow()
    from srgan_tf.command_line import CommandLine
    from srgan_tf.inference.network import prepared
    from srgan_tf.inference.picture import MAX_PIXELS
    from srgan_tf.inference.plan import plan_file, plan_folder
    from srgan_tf.inference.run import Options, run
    from srgan_tf.inference.writing import FORMATS
    from srgan_tf.models.pretrained import default, load, names

    command = CommandLine(ABOUT)
    released = f"a released name ({', '.join(names()) or 'none in this version'})"
    add = command.add
    add("model", str, f"{released}, a .keras file or a run directory [{default()}]", default=default())
    add("output_scale", float, "enlargement of each side; the network's scale, then a resize [the network's]")
    add("format", str, "of the results; png keeps 16 bits and needs least memory [png]", choices=FORMATS)
    add("suffix", str, "behind the name of each result [_x4, with the enlargement]")
    add("overwrite", bool, "make results again that are there already", default=False)
    add("max_memory", float, "GB above what the program itself takes [2]", default=2.0)
    add("max_pixels", int, f"refuse larger pictures, as bombs [{MAX_PIXELS}]", default=MAX_PIXELS)
    given = command.parse(sys.argv)
    if len(given) not in (1, 2):
        raise UsageError("expected a picture or a folder, then where to (--help shows examples)")
    source, output = Path(given[0]), Path(given[1]) if len(given) == 2 else None
    if not source.exists():
        raise UsageError(f"{source}: no such picture or folder")
    factor = command["output_scale"]
    if factor is not None and not 0 < factor <= 64:
        raise UsageError(f"--output_scale={factor:g}: expected more than 0 and at most 64")
    for name in ("max_memory", "max_pixels"):
        if not command[name] > 0:
            raise UsageError(f"--{name}={command[name]:g}: expected a value above 0")

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
    sys.exit(exit_code(main))
