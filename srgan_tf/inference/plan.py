"""The places of the results, decided before the first file is read."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from srgan_tf.errors import UsageError
from srgan_tf.images import SUFFIXES, image_names
from srgan_tf.images.writing import PNG_LEVEL, WRITABLE, format_of

STDIN, STDOUT = Path("/dev/stdin"), Path("/dev/stdout")
ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


@dataclass(frozen=True)
class Job:
    """An image to upscale.

    Attributes:
      source: the image's file.
      target: the file to write; `STDOUT` for the standard output.
      kind: one of `WRITABLE`; empty where the ending of `target` says it.
    """

    source: Path
    target: Path
    kind: str = ""

    @property
    def format(self) -> str:
        """The format of the result."""
        return self.kind or format_of(self.target)


@dataclass(frozen=True)
class _Found:
    """An image of the command line: its path inside `root`, which is the folder given, or the file's own."""

    root: Path
    inside: Path

    @property
    def source(self) -> Path:
        return self.root / self.inside


def existing(inputs: Sequence[str]) -> list[Path]:
    """Returns the files and folders of a command line; `-` is the standard input.

    Raises:
      UsageError: one of them is not there.
    """
    return [_existing(text, inputs) for text in inputs]


def plan(
    paths: Sequence[Path], output: str | None, suffix: str, kind: str | None, overwrite: bool = False
) -> list[Job]:
    """Returns the places of the results of files and folders.

    A folder stands for its images at any depth, and its results are a tree of the same shape. Images that
    differ in their ending only (`a.jpg`, `a.png`) would get the same name, so theirs keep it: `a_jpg_x4.png`,
    `a_png_x4.png`. Of a folder, hidden files, results of earlier runs (`a_x4.png` beside `a.jpg`) and an
    output folder inside it are left out. Files that are there as the results of others are no images either,
    so that `upscale.py *.png` goes on where it was.

    Args:
      paths: files, folders and `STDIN`, as `existing` gives them.
      output: a folder; for one image also a file ending in one of `WRITABLE`, or `-` for the standard output.
        None is each image's own folder, and the standard output for the standard input.
      suffix: put behind the name, before the ending, where `output` names no file.
      kind: one of `WRITABLE`; None is that of `output`, or png.
      overwrite: True if results that are there will be replaced.

    Raises:
      UsageError: a folder holds no image, a result would take the place of an input or of another result, or
        the ending of `output` and `kind` differ.
    """
    to_stdout = output in ("-", str(STDOUT)) or (output is None and list(paths) == [STDIN])
    place = None if output is None or to_stdout else Path(output).expanduser()
    is_file = place is not None and place.suffix.lower() in SUFFIXES and not place.is_dir()
    if (to_stdout or is_file) and (len(paths) > 1 or paths[0].is_dir()):
        raise UsageError(f"--output={output}: one file; several images or a folder need a folder there")
    if to_stdout:
        return [Job(paths[0], STDOUT, kind or WRITABLE[0])]
    if is_file:
        _check_kind(place, kind)
        jobs = [Job(paths[0], place)]
    else:
        if place is None and STDIN in paths:
            raise UsageError("-: give --output=DIR where the standard input is one of several images")
        if place is not None and place.exists() and not place.is_dir():
            raise UsageError(f"--output={place}: a file that is no image; give a folder or an image's name")
        if place is None and len(paths) == 2 and paths[1].is_dir():
            _check_no_output(*paths, suffix)
        found = [image for path in paths for image in _images(path, place, suffix)]
        # One image may have been given twice.
        once = {image.source.resolve(): image for image in reversed(found)}
        found = [image for image in found if once[image.source.resolve()] is image]
        stems = [(place or image.root) / image.inside.with_suffix("") for image in found]
        jobs = _placed([image.source for image in found], stems, suffix, kind or WRITABLE[0])
        if not overwrite:
            made_from = {_key(job.target.resolve()): job for job in jobs}
            jobs = [job for job in jobs if made_from.get(_key(job.source.resolve()), job) is job]
    _check_apart(jobs)
    return jobs


def chosen_png_level(level: int | None, jobs: Sequence[Job]) -> int:
    """Returns the level with which PNG is compressed: the one given, or `PNG_LEVEL`.

    Raises:
      UsageError: there is no such level, or a result is no PNG.
    """
    if level is None:
        return PNG_LEVEL
    if not 0 <= level <= 9:
        raise UsageError(f"--png_level={level}: expected 0 (stored) to 9")
    for job in jobs:
        if job.format != "png":
            raise UsageError(f"--png_level={level}: has no effect on {job.format}; leave it out")
    return level


def result_names(names: Sequence[str], suffix: str, kind: str) -> list[str]:
    """Returns the names of the results of a folder's images, as `plan` gives them.

    Args:
      names: of the images inside their folder, with forward slashes, each one once.
      suffix: put behind each name, before the ending.
      kind: one of `WRITABLE`.

    Raises:
      UsageError: two results would get the same name.
    """
    jobs = _placed(
        [Path(name) for name in names], [Path(name).with_suffix("") for name in names], suffix, kind
    )
    targets: dict[str, Job] = {}
    for job in jobs:
        _add_apart(targets, job, _key(job.target))
    return [job.target.as_posix() for job in jobs]


def _existing(text: str, inputs: Sequence[str]) -> Path:
    if text == "-":
        return STDIN
    if ADDRESS.match(text):
        raise UsageError(f"{text}: an address; download the image first, or pipe it: curl ... | upscale.py -")
    path = Path(text)
    if not path.exists():
        hint = f"; results go to --output={text}" if len(inputs) > 1 and text == inputs[-1] else ""
        raise UsageError(f"{text}: no such image or folder{hint}")
    return path


def _check_kind(place: Path, kind: str | None) -> None:
    named = format_of(place)
    if named not in WRITABLE or kind not in (None, named):
        raise UsageError(f"{place}: cannot write {kind or named} there; end it in .{kind or WRITABLE[0]}")


def _images(path: Path, output: Path | None, suffix: str) -> list[_Found]:
    """The images that an input stands for."""
    if not path.is_dir():
        return [_Found(path.parent, Path(path.name))]
    names = [Path(name) for name in image_names(path)]
    names = [name for name in names if not any(part.startswith(".") for part in name.parts)]
    if output is not None and output.resolve() != path.resolve():
        inside = output.resolve()
        names = [name for name in names if not (path / name).resolve().is_relative_to(inside)]
    elif suffix:
        names = _without_results(names, suffix)
    if not names:
        raise UsageError(
            f"no image in {path}: expected files ending in {', '.join(sorted(SUFFIXES))}, at any depth; "
            f"if results shall go there, --output={path}"
        )
    return [_Found(path, name) for name in names]


def _placed(sources: Sequence[Path], stems: Sequence[Path], suffix: str, kind: str) -> list[Job]:
    """The images with their results' places, which are `stems` with the suffix; twins keep their ending."""
    # File systems of macOS and Windows take A.jpg and a.png for the same name.
    count = Counter(map(_key, stems))
    jobs = []
    for source, stem in zip(sources, stems, strict=True):
        ending = source.suffix[1:]
        twin = f"_{ending}" if count[_key(stem)] > 1 and ending else ""
        jobs.append(Job(source, stem.with_name(f"{stem.name}{twin}{suffix}.{kind}")))
    return jobs


def _without_results(paths: Sequence[Path], suffix: str) -> list[Path]:
    """The images that are not named as results of others among them."""
    stems = _stems(paths)
    return [path for path in paths if not _is_result(path, stems, suffix)]


def _stems(paths: Sequence[Path]) -> set[Path]:
    stems = {path.with_suffix("") for path in paths}
    return stems | {path.with_name(f"{path.stem}_{path.suffix[1:]}") for path in paths}


def _is_result(path: Path, stems: set[Path], suffix: str) -> bool:
    return path.stem.endswith(suffix) and path.with_name(path.stem.removesuffix(suffix) or "_") in stems


def _check_no_output(source: Path, folder: Path, suffix: str) -> None:
    """Checks that the second of two inputs is not a folder of results of the first."""
    names = [Path(name) for name in image_names(source)] if source.is_dir() else [Path(source.name)]
    results = [Path(name) for name in image_names(folder)]
    if suffix and source.resolve() != folder.resolve():
        stems = _stems(names)
        if any(_is_result(path, stems, suffix) for path in results):
            raise UsageError(
                f"{folder}: holds results of {source}; if more shall go there, --output={folder}; if they "
                "shall be upscaled themselves, give them in a command of their own"
            )


def _check_apart(jobs: Sequence[Job]) -> None:
    """Checks that no result is another's, or an image that is to be read."""
    sources = {_key(job.source.resolve()): job.source for job in jobs}
    targets: dict[str, Job] = {}
    for job in jobs:
        key = _key(job.target.resolve())
        if key in sources:
            raise UsageError(
                f"{job.source}: its result would take the place of {sources[key]}; give --suffix or --output"
            )
        _add_apart(targets, job, key)


def _add_apart(targets: dict[str, Job], job: Job, key: str) -> None:
    if key in targets:
        raise UsageError(
            f"{job.source} and {targets[key].source}: both results would be {job.target}; rename one, or "
            "give them in commands of their own with different --output"
        )
    targets[key] = job


def _key(path: Path) -> str:
    return str(path).casefold()
