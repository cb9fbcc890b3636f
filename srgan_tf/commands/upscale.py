"""Upscales images with a trained generator."""

import sys
from pathlib import Path

from srgan_tf.command_line import CommandLine, run_command
from srgan_tf.errors import UsageError
from srgan_tf.quiet import start_tensorflow

ABOUT = """\
Upscales images with SRResNet or SRGAN:

  python upscale.py photo.jpg                     writes photo_x4.png beside it
  python upscale.py photo.jpg --output=large.webp
  python upscale.py *.jpg FOLDER --output=DIR     files, and every image below FOLDER
  curl ... | python upscale.py - > large.png      from the standard input, to the standard output

The results of a folder are a tree of the same shape. Images of any size fit in --max_memory. Results that are
there already are skipped. No result replaces one of the images given."""

SELFEXSR = "selfexsr"
ONLY_NETWORKS = ("strength", "faithful", "self_ensemble", "precision")
"""Flags that say something of a network."""


def main() -> None:
    """Reads the flags, plans what goes where, and upscales."""
    from srgan_tf.images import MAX_PIXELS
    from srgan_tf.images.writing import PNG_LEVEL, WRITABLE
    from srgan_tf.inference.network import network_of
    from srgan_tf.inference.plan import STDOUT, chosen_png_level, existing, plan
    from srgan_tf.inference.precisions import PRECISIONS
    from srgan_tf.inference.run import Options, upscale_files
    from srgan_tf.inference.upscaler import MAX_MEMORY, local
    from srgan_tf.models.weights import default, names

    command = CommandLine(ABOUT, "FILE...")
    released = f"The generator: a released name ({', '.join(names()) or 'none in this version'})"
    add = command.add
    add(
        "model",
        str,
        f"{released}, a .keras or .tflite file, or a run directory; or selfexsr. srgan-photo is for JPEG "
        "from the web or a phone and for noise, srgan for clean, sharp sources.",
        default=default(),
    )
    add(
        "strength",
        float,
        "Share of --model's weights, 0 to 1; the rest is the faithful network's (of srgan: srresnet-even). "
        "Less is softer and closer to the pixels of the truth.",
        shown="1, the model as it is",
    )
    add("faithful", str, "The network of --strength=0, named as --model is.", shown="a released model's own")
    add(
        "self_ensemble",
        bool,
        "The mean of the results of the eight flips and rotations: a little better, in eight times the time.",
        default=False,
    )
    add(
        "precision",
        str,
        "Numeric type of the convolutions; auto takes the fastest that is within 50 dB of float32 for this "
        "model on this processor, and the closing line says which.",
        default="auto",
        choices=PRECISIONS,
    )
    add(
        "output",
        str,
        "Folder for the results; for one image also a file's name, or - for the standard output.",
        shown="each image's own folder",
    )
    add(
        "output_scale",
        float,
        "Side of a result over that of its image; beside the network's scale a resize follows.",
        rule="factor",
        shown="the network's",
    )
    add(
        "format",
        str,
        "Format of the results; png keeps 16 bits and needs least memory.",
        choices=WRITABLE,
        shown="png",
    )
    add(
        "png_level",
        int,
        "Effort of PNG's compression, from 0 (stored) to 9. Photographs are as small with 1 as with 6, in a "
        "sixth of the time; text and drawings are a third to a half smaller with 6.",
        shown=str(PNG_LEVEL),
    )
    add("suffix", str, "Text behind the name of each result.", shown="_x4, with the scale")
    add("overwrite", bool, "Makes results again that are there already.", default=False)
    add(
        "max_memory",
        float,
        "Memory in GB, above what the program itself takes.",
        default=MAX_MEMORY / 10**9,
        rule="positive",
    )
    add(
        "max_pixels",
        int,
        "Pixels of the largest image that is read: a small file can claim any size.",
        default=MAX_PIXELS,
        rule="positive",
    )
    paths = existing(command.parse())
    factor, suffix = command["output_scale"], command["suffix"]
    if suffix and Path(suffix).name != suffix:
        raise UsageError(f"--suffix={suffix}: expected a part of a file's name")

    max_memory = int(command["max_memory"] * 10**9)
    if command["model"] == SELFEXSR:
        useless = [name for name in ONLY_NETWORKS if name in command.given()]
        if useless:
            raise UsageError(
                f"--{useless[0]} has no effect on --model={SELFEXSR}, which is no network; leave it out"
            )
        start_tensorflow()
        from srgan_tf.selfexsr.method import upscaler as self_exemplars

        upscaler = self_exemplars(max_memory)
    else:
        network = network_of(
            command["model"], command["strength"], command["faithful"], precision=command["precision"]
        )
        upscaler = local(network, max_memory, self_ensemble=command["self_ensemble"])
    if suffix is None:
        suffix = f"_x{factor or upscaler.scale:g}"
    jobs = plan(paths, command["output"], suffix, command["format"], command["overwrite"])
    png_level = chosen_png_level(command["png_level"], jobs)
    if jobs[0].target == STDOUT and sys.stdout.isatty():
        raise UsageError("--output=-: would write an image to the terminal; add > FILE or give --output=FILE")
    upscale_files(jobs, upscaler, Options(factor, command["max_pixels"], command["overwrite"], png_level))


def run() -> None:
    """Runs the command as a process of its own."""
    run_command(main, tensorflow=False)  # int8 does without it
