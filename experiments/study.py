"""`python -m experiments.study`: from weights to an opinion test, with the paper's versions of each image."""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from experiments.command import PROTOCOL, SCALE, run_experiment
from experiments.methods import ALONE, METHODS
from experiments.methods import RELEASED as OF_TABLE_2
from srgan_tf.command_line import CommandLine
from srgan_tf.errors import UsageError, WorkError
from srgan_tf.files import check_writable

if TYPE_CHECKING:
    from srgan_tf.evaluation.results import Evaluation

ABOUT = """\
Makes an opinion test like the paper's (section 3.4) from weights: each image in the versions of Table 2, and
on Set5 and Set14 in those of the other content losses too.

  python -m experiments.study STUDY_DIR --benchmarks=DIR --calibration=OTHER_IMAGES

People then rate it with `srgan-opinion serve STUDY_DIR`, and `srgan-opinion report STUDY_DIR` prints what
they say beside the paper's mean opinion scores. The same command goes on where it stopped."""

FURTHER = ("SRResNet-VGG22", "SRGAN-MSE", "SRGAN-VGG22")
"""Methods of Table 1 alone, which has two datasets."""
FURTHER_SETS = ("Set5", "Set14")
HR = "HR"
RELEASED = f"{OF_TABLE_2},SRGAN-VGG22=srgan-vgg22"
NONE = "none"


def main() -> None:
    """Makes the images, then the study."""
    command = CommandLine(ABOUT, "STUDY_DIR")
    command.add("benchmarks", str, "Folder that holds a folder of HR images for each dataset.", needed=True)
    command.add(
        "calibration",
        str,
        "Folder of images that are not in the test. They are shown first, with their answers.",
        needed=True,
    )
    command.add(
        "methods",
        str,
        "NAME=WEIGHTS,...: methods of the paper in place of the released ones or beside them, each a "
        f"released name, a weights file, a run directory or a folder of images; {NONE} leaves one out. "
        f"Names: {', '.join((*METHODS, *FURTHER))}.",
        shown=RELEASED,
    )
    command.add("report", str, "Folder that keeps the images.", shown="STUDY_DIR_images")
    command.add(
        "calibration_images", int, "The most images of --calibration to show, chosen with --seed.", default=12
    )
    command.add("seed", int, "Seed of that choice.", default=0)
    command.add("title", str, "Title that raters read at the top.", default="Image quality")
    root = Path(command.parse()[0]).expanduser()
    benchmarks, calibration = (Path(command[name]).expanduser() for name in ("benchmarks", "calibration"))
    report = Path(command["report"] or f"{root}_images").expanduser()

    from srgan_tf.evaluation.datasets import find_images
    from srgan_tf.images import image_files
    from srgan_tf.opinion.create import create_study
    from srgan_tf.progress import note

    if root.exists():
        raise UsageError(f"{root} exists already; give a directory that does not, or remove it")
    if not calibration.is_dir() or not image_files(calibration):
        raise UsageError(
            f"--calibration={calibration}: no such folder, or no image in it; folders inside are not read"
        )
    images = find_images(benchmarks)
    folders = {image.dataset: image.path.parent for image in images}
    if command["calibration_images"] < 1 or command["seed"] < 0:
        raise UsageError("--calibration_images and --seed: expected 1 or more, and 0 or more")
    check_writable(report, "report")
    asked, given = asked_methods(command["methods"] or "")
    check_given({name: asked[name] for name in sorted(given & set(asked))})
    further = [name for name in FURTHER if name in asked]
    small = [data_set for data_set in folders if data_set in FURTHER_SETS]
    if not small and (unused := [name for name in further if name in given]):
        raise UsageError(
            f"--methods: {unused[0]} is shown on {' and '.join(FURTHER_SETS)}, and {benchmarks} has neither"
        )

    without = [f"{name}: no weights of it are released" for name in FURTHER if small and name not in given]
    without = [line for line in without if line.partition(":")[0] not in asked]
    if not set(asked) & ({*METHODS, *FURTHER} if small else set(METHODS)):
        raise UsageError(f"--methods leaves none to be rated beside {HR}")
    shown: dict[str, dict[str, Path]] = {name: {} for name in (*METHODS, *FURTHER)}
    everywhere = [name for name in METHODS if name in asked]
    for place, names in ((benchmarks, everywhere), *((folders[s], further) for s in small)):
        for name, found in _versions(place, names, asked, report, without).items():
            shown[name] |= found
    for data_set in folders:
        if not any(data_set in found for found in shown.values()):
            raise UsageError(f"{data_set}: no method has all of its images: {without[-1]}")
    shown[HR] = folders
    without = list(dict.fromkeys(without))
    for line in without:
        note(f"without {line}")
    with _linked({name: found for name, found in shown.items() if found}) as methods:
        study = create_study(
            root,
            benchmarks,
            methods,
            calibration,
            title=command["title"],
            most_calibration=command["calibration_images"],
            seed=command["seed"],
        )
    for data_set in study.data_sets:
        inside = [v for v in study.versions if v.data_set == data_set]
        there = [m for m in study.methods if any(v.method == m for v in inside)]
        print(f"{data_set}: {len(inside) // len(there)} images x {len(there)} ({', '.join(there)})")
    if without:
        print(f"not in the study: {'; '.join(without)}")
    print(f"{len(study.versions)} images to rate, after {len(study.examples)} for calibration, in {root}")
    print(f"next: srgan-opinion serve {root}")


def asked_methods(text: str) -> tuple[dict[str, str], set[str]]:
    """Returns for each method what makes its images, released or of `--methods`, and the names given there.

    Args:
      text: NAME=WEIGHTS, separated by commas; WEIGHTS "none" leaves a method out.

    Raises:
      UsageError: a name is not the paper's, or is given twice.
    """
    given: dict[str, str] = {}
    for item in filter(None, map(str.strip, text.split(","))):
        name, _, what = item.partition("=")
        if not what:
            raise UsageError(f"--methods: {item!r} is not NAME=WEIGHTS")
        if name not in (*METHODS, *FURTHER):
            raise UsageError(
                f"--methods: {name} is no method of the paper: {', '.join((*METHODS, *FURTHER))} "
                f"({HR} is always shown)"
            )
        if name in given:
            raise UsageError(f"--methods: {name} is given twice")
        given[name] = what
    released = dict(item.split("=") for item in RELEASED.split(","))
    asked = {name: what for name, what in {**ALONE, **released, **given}.items() if what != NONE}
    return asked, set(given)


def check_given(named: Mapping[str, str]) -> None:
    """Checks that what `--methods` names can be used: a study cannot be changed once it is made.

    Raises:
      UsageError: no such weights or folder, or weights of another scale.
    """
    from experiments.networks import check_method

    for name, what in named.items():
        check_method(_spelled(name, what), "methods")


def _versions(
    place: Path,
    names: list[str],
    asked: Mapping[str, str],
    report: Path,
    without: list[str],
) -> dict[str, dict[str, Path]]:
    """Makes the images of methods, and returns their folders by method and dataset.

    Args:
      place: the folder of all datasets, or that of one.
      names: of the methods.
      asked: what makes their images.
      report: where they are kept.
      without: gets a line for each method that a dataset has to do without.
    """
    from srgan_tf.evaluation.datasets import find_images
    from srgan_tf.evaluation.run import evaluated

    items = {name: _spelled(name, asked[name]) for name in names}
    if not items:
        return {}
    try:
        evaluation, _ = evaluated(
            benchmarks=place,
            methods=list(items.values()),
            report=report,
            protocol=PROTOCOL,
            degradation="clean",
            scale=SCALE,
            precision="float32",
            niqe="",
            vgg_weights="",
            vgg_layer="vgg54",
        )
    except WorkError as error:  # not one image
        without.append(f"{', '.join(names)}: {error}")
        return {}
    images = Counter(image.dataset for image in find_images(place))
    found: dict[str, dict[str, Path]] = {}
    for name, item in items.items():
        method = item.partition("=")[0]
        for data_set, count in images.items():
            results = evaluation.select(PROTOCOL, data_set, method).values()
            if len(results) == count:
                found.setdefault(name, {})[data_set] = (report / next(iter(results)).file).parent
            else:
                without.append(f"{name} on {data_set}: {_reason(evaluation, method, data_set)}")
    return found


def _spelled(name: str, what: str) -> str:
    """An item of `evaluate.py --methods`."""
    return what if what in ALONE.values() and ALONE.get(name) == what else f"{name}={what}"


def _reason(evaluation: "Evaluation", method: str, data_set: str) -> str:
    """Why a method has not an image of every image of a dataset."""
    lines = [
        line for line in evaluation.problems if line.startswith((f"{method}, {data_set}, ", f"{data_set}: "))
    ]
    lines += [line for line in evaluation.notes if line.startswith(f"{method}: ") and f" {data_set} " in line]
    if not lines:
        return "not an image of every image"
    return lines[0].removeprefix(f"{method}, {data_set}, ").removeprefix(f"{method}: ")


@contextmanager
def _linked(shown: Mapping[str, Mapping[str, Path]]) -> Iterator[dict[str, Path]]:
    """Gives each method one folder, with links to those of its images of each dataset."""
    with TemporaryDirectory() as folder:
        for name, data_sets in shown.items():
            (Path(folder) / name).mkdir()
            for data_set, images in data_sets.items():
                (Path(folder) / name / data_set).symlink_to(images.resolve(), target_is_directory=True)
        yield {name: Path(folder) / name for name in shown}


def run() -> None:
    """Runs the command as a process of its own."""
    run_experiment(main)


if __name__ == "__main__":
    run()
