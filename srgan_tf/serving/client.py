"""Asks a running TensorFlow Serving to upscale images: `python -m srgan_tf.serving.client`."""

from srgan_tf.command_line import CommandLine, run_command
from srgan_tf.errors import UsageError

ABOUT = """\
Upscales images with a model that TensorFlow Serving serves:

  python -m srgan_tf.serving.client --url=http://localhost:8501 photo.jpg      REST
  python -m srgan_tf.serving.client --url=grpc://localhost:8500 *.jpg          gRPC

photo.jpg becomes photo_x4.png; a folder stands for its images.
Large images are sent in tiles and put together without seams."""


def main() -> None:
    """Reads the flags and upscales."""
    from srgan_tf.images.writing import PNG_LEVEL
    from srgan_tf.inference.plan import chosen_png_level, existing, plan
    from srgan_tf.inference.run import Options, upscale_files

    try:
        from srgan_tf.serving.protocols import connect
        from srgan_tf.serving.server import Patience
        from srgan_tf.serving.upscaler import Requests, ask_about, served
    except ImportError as error:
        raise UsageError(f"the client needs the package {error.name}: pip install '.[serving]'") from error

    usual = Requests()
    command = CommandLine(ABOUT, "FILE...")
    add = command.add
    add(
        "url",
        str,
        "Address of the server: http://HOST:8501 (REST) or grpc://HOST:8500; https and grpcs too.",
        group="server",
        needed=True,
    )
    add("model", str, "The name under which the model is served.", group="server", default="srgan")
    add("timeout", float, "Seconds to wait for an answer.", group="server", default=60.0, rule="positive")
    add(
        "attempts",
        int,
        "Number of times that a busy server is asked.",
        group="server",
        default=usual.patience.attempts,
        rule="positive",
    )
    add(
        "tile",
        int,
        "Side of the tiles of large images in pixels.",
        group="requests",
        default=usual.tile,
        rule="positive",
    )
    add("batch", int, "Tiles in one request.", group="requests", default=usual.batch, rule="positive")
    add(
        "concurrency",
        int,
        "Requests at a time.",
        group="requests",
        default=usual.concurrency,
        rule="positive",
    )
    add(
        "output",
        str,
        "Folder or file for the results.",
        group="files",
        default="",
        shown="each image's own folder",
    )
    add("overwrite", bool, "Replaces results that are there.", group="files", default=False)
    add(
        "png_level",
        int,
        "Effort of PNG's compression, from 0 (stored) to 9.",
        group="files",
        shown=str(PNG_LEVEL),
    )
    inputs = command.parse()
    requests = Requests(
        command["tile"], command["batch"], command["concurrency"], Patience(command["attempts"])
    )
    server = connect(command["url"], command["model"], command["timeout"])
    paths = existing(inputs)
    facts = ask_about(server, requests.patience)
    jobs = plan(paths, command["output"] or None, f"_x{facts.scale}", None, command["overwrite"])
    png_level = chosen_png_level(command["png_level"], jobs)
    options = Options(overwrite=command["overwrite"], png_level=png_level)
    upscale_files(jobs, served(server, facts, requests), options)


def run() -> None:
    """Runs the command as a process of its own."""
    run_command(main)


if __name__ == "__main__":
    run()
