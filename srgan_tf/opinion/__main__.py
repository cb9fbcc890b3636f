"""python -m srgan_tf.opinion create | serve | report: the opinion test from end to end."""

from pathlib import Path

from srgan_tf.command_line import CommandLine, run_command, run_subcommand
from srgan_tf.errors import UsageError

ABOUT = """\
People rate images from 1 (bad) to 5 (excellent), as in section 3.4 of the paper:

  python -m srgan_tf.opinion create STUDY_DIR --images=DIR --methods=NAME=DIR,... --calibration=DIR
  python -m srgan_tf.opinion serve STUDY_DIR --port=8000
  python -m srgan_tf.opinion report STUDY_DIR

Each takes --help."""

CREATE = """\
Makes a study of folders of images. Each image is shown in the version of every method.

  python -m srgan_tf.opinion create mos --images=benchmarks --calibration=other_images \\
      --methods=bicubic=out/bicubic,srgan=out/srgan,original=benchmarks"""

SERVE = """\
Opens a study to raters on the local network. Whoever opens the address gets a session of their own.

  python -m srgan_tf.opinion serve mos --port=8000"""

REPORT = """\
Prints a report of the ratings and writes it as report.md, CSV tables and plots. It may run while raters are
at work.

  python -m srgan_tf.opinion report mos --exclude=calibration,random"""


def main() -> None:
    """Runs one of the three commands."""
    run_subcommand(ABOUT, {"create": create, "serve": serve, "report": report})


def create(argv: list[str]) -> None:
    """Makes a study."""
    command = CommandLine(CREATE, "STUDY_DIR")
    command.add(
        "images", str, "Folder of the images to show, or of one folder for each dataset.", needed=True
    )
    command.add(
        "methods",
        str,
        "NAME=DIR,NAME=DIR...: folders of the methods' images, laid out and named like --images. {set} in "
        "DIR stands for the name of a dataset.",
        needed=True,
    )
    command.add(
        "calibration",
        str,
        "Folder of images that are not in the test. They are shown first, with their answers.",
        needed=True,
    )
    command.add(
        "calibration_images",
        int,
        "The most images of --calibration to show; of more, as many are chosen with --seed. The paper "
        "took 20.",
        default=12,
    )
    command.add("seed", int, "Seed of that choice.", default=0)
    command.add("title", str, "Title that raters read at the top.", default="Image quality")
    command.add(
        "scale",
        int,
        "Factor by which the bad images of the calibration are made smaller and larger.",
        default=4,
    )
    root = Path(command.parse(argv)[0]).expanduser()
    from srgan_tf.images import image_files
    from srgan_tf.opinion.create import create_study

    study = create_study(
        root,
        Path(command["images"]).expanduser(),
        _methods(command["methods"]),
        Path(command["calibration"]).expanduser(),
        title=command["title"],
        scale=command["scale"],
        most_calibration=command["calibration_images"],
        seed=command["seed"],
    )
    chosen = list(dict.fromkeys(version.image for version in study.examples))
    found = len(image_files(Path(command["calibration"]).expanduser()))
    if len(chosen) < found:
        print(
            f"calibration: {len(chosen)} of {found} images, chosen with --seed={command['seed']} "
            f"(more with --calibration_images): {', '.join(chosen)}"
        )
    for data_set in study.data_sets:
        inside = [v for v in study.versions if v.data_set == data_set]
        methods = [m for m in study.methods if any(v.method == m for v in inside)]
        print(f"{data_set}: {len(inside) // len(methods)} images x {len(methods)} ({', '.join(methods)})")
    print(f"{len(study.versions)} images to rate, after {len(study.examples)} for calibration, in {root}")


def serve(argv: list[str]) -> None:
    """Opens a study to raters."""
    command = CommandLine(SERVE, "STUDY_DIR")
    command.add("port", int, "Port to listen at; 0 takes a free one.", default=8000)
    command.add(
        "host", str, "Address to listen at; 0.0.0.0 is every address of this machine.", default="0.0.0.0"
    )
    root = Path(command.parse(argv)[0]).expanduser()
    _needs_extra()
    from srgan_tf.opinion.web import serve as serve_study

    serve_study(root, command["host"], command["port"])


def report(argv: list[str]) -> None:
    """Prints and writes the report."""
    command = CommandLine(REPORT, "STUDY_DIR")
    command.add(
        "exclude",
        str,
        "Raters to leave out, separated by commas: calibration (those who failed it), random (those who rate "
        "as if at random), incomplete (those who have not rated every image), or numbers of raters.",
    )
    command.add("out", str, "Folder to write to.", shown="STUDY_DIR/report")
    root = Path(command.parse(argv)[0]).expanduser()
    _needs_extra()
    from srgan_tf.opinion.report import write_report

    out = Path(command["out"]).expanduser() if command["out"] else root / "report"
    print(write_report(root, out, exclude=_list(command["exclude"])))
    print(f"written to {out}")


def _methods(text: str) -> dict[str, Path]:
    methods: dict[str, Path] = {}
    for item in _list(text):
        name, _, folder = item.partition("=")
        if not name or not folder:
            raise UsageError(f"--methods: {item!r} is not NAME=DIR")
        if name in methods:
            raise UsageError(f"--methods: {name} is given twice")
        methods[name] = Path(folder).expanduser()
    return methods


def _list(text: str | None) -> list[str]:
    return [item.strip() for item in (text or "").split(",") if item.strip()]


def _needs_extra() -> None:
    """Checks that the packages of the extra `opinion` are installed.

    Raises:
      UsageError: one is missing.
    """
    try:
        import flask_limiter  # noqa: F401
        import matplotlib  # noqa: F401
        import scipy  # noqa: F401
        import waitress  # noqa: F401
    except ModuleNotFoundError as error:
        raise UsageError(
            f"the opinion test needs {error.name}: install its extra with pip install '.[opinion]'"
        ) from None


def run() -> None:
    """Runs the command as a process of its own."""
    run_command(main, tensorflow=False)


if __name__ == "__main__":
    run()
