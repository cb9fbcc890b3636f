"""python -m srgan_tf.cluster upscale | pack | train: the same work on many machines, through Ray."""

import re
from pathlib import Path

from srgan_tf.cluster import session
from srgan_tf.cluster.session import Workers
from srgan_tf.command_line import CommandLine, run_command, run_subcommand
from srgan_tf.errors import UsageError, WorkError
from srgan_tf.quiet import start_tensorflow

ABOUT = """\
Upscales, packs and trains on many machines through Ray (https://docs.ray.io), with pip install '.[cluster]':

  python -m srgan_tf.cluster upscale IN OUT --workers=2..64 --address=auto

Without --address Ray starts on this machine, for this command alone. Each command takes --help. The machines
run the same version of this package, of Python and of Ray."""

UPSCALE = """\
Upscales the images of folder IN, at any depth, into folder OUT, a tree of the same shape:

  python -m srgan_tf.cluster upscale IN OUT --model=srgan-photo --workers=2..64 --address=auto
  python -m srgan_tf.cluster upscale s3://BUCKET/photos s3://BUCKET/large --gpus=1

IN and OUT are folders that every machine has in the same place, or addresses (s3://, gs://). Results that OUT
has are skipped, so the same command goes on after an interruption. Images that cannot be upscaled are named
with the reasons in OUT/_errors.jsonl; the exit code is 1 then."""


PACK = """\
Packs the images of folder IN, at any depth, into TFRecord files in folder OUT:

  python -m srgan_tf.cluster pack IN OUT --shards=512 --address=auto
  python train.py --data='tfrecord:OUT/*.tfrecord'

The files are the same, byte for byte, whatever the number of workers. OUT/manifest.json, which comes last,
has their counts and checksums, and OUT/report.txt what was left out and why; the exit code is 1 if images
could not be read. The same command goes on after an interruption."""

TRAIN = """\
Trains on several machines; behind -- stand the flags of train.py:

  python -m srgan_tf.cluster train --workers=4 --address=auto -- --phase=gan --data=DIR --run_dir=/shared/mine

The run directory and the images are in the same place on every machine. When a machine is lost, all workers
start again from the newest checkpoint as soon as there is room for as many as before. The weights are those
of the same number of workers without a loss. The same command resumes."""


POOL = "Workers, such as 8, or 2..64 for a pool that grows and shrinks."


def main() -> int | None:
    """Runs one of the commands."""
    return run_subcommand(ABOUT, {"upscale": upscale, "pack": pack, "train": train})


def upscale(argv: list[str]) -> None:
    """Upscales a folder."""
    start_tensorflow()
    from srgan_tf.images import MAX_PIXELS
    from srgan_tf.images.writing import PNG_LEVEL, WRITABLE
    from srgan_tf.inference.plan import Job, chosen_png_level, result_names
    from srgan_tf.inference.precisions import PRECISIONS
    from srgan_tf.models.weights import default, names

    command = CommandLine(UPSCALE, "IN OUT")
    add = command.add
    released = f"The generator: a released name ({', '.join(names()) or 'none in this version'})"
    add("model", str, f"{released}, a .keras or .tflite file, or a run directory.", default=default())
    add(
        "strength",
        float,
        "Share of a released model's weights, 0 to 1; the rest is its faithful network's.",
        shown="1, the model as it is",
    )
    add(
        "precision",
        str,
        "Numeric type of the convolutions; auto is each worker's own choice, as upscale.py makes it on its "
        "processor.",
        default="auto",
        choices=PRECISIONS,
    )
    add(
        "self_ensemble",
        bool,
        "The mean of the results of the eight flips and rotations, in eight times the time.",
        default=False,
    )
    add(
        "output_scale",
        float,
        "Side of a result over that of its image; beside the network's scale a resize follows.",
        rule="factor",
        shown="the network's",
    )
    add("format", str, "Format of the results.", choices=WRITABLE, default="png")
    add("png_level", int, "Effort of PNG's compression, from 0 (stored) to 9.", shown=str(PNG_LEVEL))
    add("suffix", str, "Text behind the name of each result.", shown="_x4, with the scale")
    _add_workers(command, "1..8", POOL)
    add(
        "max_memory",
        float,
        "Memory of a worker in GB, above what the program itself takes, which is 1 GB at most.",
        default=2.0,
        rule="positive",
    )
    add(
        "max_pixels",
        int,
        "Pixels of the largest image that is read: a small file can claim any size.",
        default=MAX_PIXELS,
        rule="positive",
    )
    source_text, target_text = command.parse(argv)
    factor, suffix = command["output_scale"], command["suffix"]
    if suffix and re.search(r"[/\\]", suffix):
        raise UsageError(f"--suffix={suffix}: expected a part of a file's name")
    workers = Workers(*_numbers(command), command["cpus"], command["gpus"])
    png_level = chosen_png_level(command["png_level"], [Job(Path(), Path(f"x.{command['format']}"))])

    session.check_installed()
    from srgan_tf.cluster.places import checked_places
    from srgan_tf.cluster.upscale import ERRORS, Work, images_of, model_of, upscale_missing
    from srgan_tf.inference.network import network_of

    source, target = checked_places(source_text, target_text)
    model, weights = model_of(command["model"])
    scale = network_of(command["model"], command["strength"]).scale
    images = images_of(source)
    suffix = f"_x{factor or scale:g}" if suffix is None else suffix
    work = Work(
        source=source,
        target=target,
        model=model,
        weights=weights,
        strength=command["strength"],
        precision=command["precision"],
        self_ensemble=command["self_ensemble"],
        max_memory=int(command["max_memory"] * 10**9),
        factor=factor,
        max_pixels=command["max_pixels"],
        png_level=png_level,
        threads=max(int(workers.cpus), 1),
    )
    targets = result_names(images, suffix, command["format"])
    with session.connected(command["address"]):
        account = upscale_missing(images, targets, work, workers)
    skipped = f", {account.there} there already" if account.there else ""
    print(f"{account.made} of {len(images)} upscaled{skipped}")
    if account.errors:
        raise WorkError(
            f"{len(account.errors)} of {len(images)} images could not be upscaled; "
            f"{target.address(ERRORS)} names them"
        )


def pack(argv: list[str]) -> int:
    """Packs a collection."""
    command = CommandLine(PACK, "IN OUT")
    add = command.add
    add("shards", int, "Files; some hundred megabytes each read well.", default=512, rule="positive")
    add("min_size", int, "Images with a side of fewer pixels are left out.", default=96, rule="positive")
    add("uncompressed", bool, "Stores pixels: large files that need no decoding.", default=False)
    _add_workers(command, "1..8", POOL)
    source_text, target_text = command.parse(argv)
    workers = Workers(*_numbers(command), command["cpus"], command["gpus"])
    session.check_installed()
    from srgan_tf.cluster.pack import Values, check_plan, pack
    from srgan_tf.cluster.places import checked_places

    source, target = checked_places(source_text, target_text)
    values = Values(command["shards"], command["min_size"], command["uncompressed"])
    check_plan(source, target, values)
    with session.connected(command["address"]):
        packed = pack(source, target, values, workers)
    print(packed.text)
    return 1 if packed.unread else 0


def train(argv: list[str]) -> None:
    """Trains a run."""
    start_tensorflow()
    from srgan_tf.commands.train import parsed

    at = argv.index("--") if "--" in argv else len(argv)
    command = CommandLine(TRAIN)
    _add_workers(command, "2", "Workers, as many all the time.")
    command.parse(argv[:at])
    least, most = _numbers(command)
    if least != most:
        raise UsageError(f"--workers={command['workers']}: training wants one number, such as {most}")
    given, run_dir = parsed(["train.py", *argv[at + 1 :]])
    session.check_installed()
    from srgan_tf.cluster.train import checked, train

    config = checked(given, run_dir, most)
    with session.connected(command["address"]):
        train(given, run_dir, config, Workers(least, most, command["cpus"], command["gpus"]))


def _add_workers(command: CommandLine, default: str, most: str) -> None:
    """Adds the flags that say where the work is done, and by how many workers."""
    command.add("workers", str, most, default=default)
    command.add("cpus", float, "CPU cores of a worker.", default=1.0, rule="positive")
    command.add("gpus", float, "GPUs of a worker; may be a fraction.", default=0.0, rule="not negative")
    command.add(
        "address",
        str,
        "The cluster: auto on one of its machines, or HOST:PORT.",
        default="",
        shown="Ray starts on this machine",
    )


def _numbers(command: CommandLine) -> tuple[int, int]:
    """The least and the most of --workers."""
    text = command["workers"]
    found = re.fullmatch(r"(\d+)(?:\.\.(\d+))?", text)
    least, most = (int(found[1]), int(found[2] or found[1])) if found else (0, 0)
    if not 1 <= least <= most:
        raise UsageError(f"--workers={text}: expected a number above 0 such as 8, or a range such as 2..64")
    return least, most


def run() -> None:
    """Runs the command as a process of its own."""
    run_command(main, tensorflow=False)


if __name__ == "__main__":
    run()
