"""The places of the results, decided before the first file is read."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from srgan_tf.errors import UsageError
from srgan_tf.images import SUFFIXES, image_names
from srgan_tf.images.writing import WRITABLE, format_of


@dataclass(frozen=True)
class Job:
    """An image to upscale.

    Attributes:
      source: the image's file.
      target: the file to write.
    """

    source: Path
    target: Path


def plan_file(source: Path, output: Path | None, suffix: str, kind: str | None) -> Job:
    """Returns the place of one image's result.

    Args:
      source: the image.
      output: a file ending in one of `WRITABLE`, a folder, or None for the image's own folder.
      suffix: put behind the name, before the ending, where `output` names no file.
      kind: one of `WRITABLE`; None is that of `output`, or png.

    Raises:
      UsageError: the result would take the image's place, or the ending and `kind` differ.
    """
    if output and output.suffix.lower() in SUFFIXES and not output.is_dir():
        named = format_of(output)
        if named not in WRITABLE or kind not in (None, named):
            raise UsageError(
                f"{output}: cannot write {kind or named} there; end it in .{kind or WRITABLE[0]}"
            )
        target = output
    else:
        target = (output or source.parent) / f"{source.stem}{suffix}.{kind or WRITABLE[0]}"
    _check_apart([Job(source, target)])
    return Job(source, target)


def plan_files(sources: Sequence[Path], output: Path | None, suffix: str, kind: str | None) -> list[Job]:
    """Returns the places of the results of several images; see `plan_file`.

    Raises:
      UsageError: two results would have one place, or a result would take an image's place.
    """
    jobs = [plan_file(source, output, suffix, kind) for source in sources]
    _check_apart(jobs)
    return jobs


def plan_folder(source: Path, output: Path | None, suffix: str, kind: str) -> list[Job]:
    """Returns the places of the results of a tree of images: a tree of the same shape.

    Images that differ in their ending only (`a.jpg`, `a.png`) would get the same name, so theirs keep it:
    `a_jpg_x4.png`, `a_png_x4.png`. Hidden files, results of earlier runs (`a_x4.png` beside `a.jpg`) and
    an output folder inside the source are left out.

    Args:
      source: the folder.
      output: the folder of the results; None is `source`.
      suffix: put behind each name, before the ending.
      kind: one of `WRITABLE`.

    Raises:
      UsageError: no image is there, or a result would take an image's place.
    """
    output = output or source
    if output.exists() and not output.is_dir():
        raise UsageError(f"{output}: a file; {source} is a folder, and so must be where its results go")
    paths = [Path(name) for name in image_names(source)]
    paths = [path for path in paths if not any(part.startswith(".") for part in path.parts)]
    if output.resolve() != source.resolve():
        inside = output.resolve()
        paths = [path for path in paths if not (source / path).resolve().is_relative_to(inside)]
    elif suffix:
        paths = _without_results(paths, suffix)
    if not paths:
        raise UsageError(
            f"no image in {source}: expected files ending in {', '.join(sorted(SUFFIXES))}, at any depth"
        )
    # File systems of macOS and Windows take A.jpg and a.png for the same name.
    count = Counter(_key(path.with_suffix("")) for path in paths)
    jobs = []
    for path in paths:
        twin = count[_key(path.with_suffix(""))] > 1
        stem = f"{path.stem}_{path.suffix[1:]}" if twin else path.stem
        jobs.append(Job(source / path, output / path.with_name(f"{stem}{suffix}.{kind}")))
    _check_apart(jobs)
    return jobs


def _without_results(paths: Sequence[Path], suffix: str) -> list[Path]:
    """The images that are not named as results of others among them."""
    stems = {path.with_suffix("") for path in paths}
    stems |= {path.with_name(f"{path.stem}_{path.suffix[1:]}") for path in paths}
    return [
        path
        for path in paths
        if not (path.stem.endswith(suffix) and path.with_name(path.stem.removesuffix(suffix)) in stems)
    ]


def _check_apart(jobs: Sequence[Job]) -> None:
    """Checks that no result is another's, or an image that is to be read."""
    sources = {_key(job.source.resolve()): job.source for job in jobs}
    targets: dict[str, Job] = {}
    for job in jobs:
        key = _key(job.target.resolve())
        if key in sources:
            raise UsageError(
                f"{job.source}: its result would take the place of {sources[key]}; give --suffix or another "
                "folder for the results"
            )
        if key in targets:
            raise UsageError(
                f"{job.source} and {targets[key].source}: both results would be {job.target}; rename one"
            )
        targets[key] = job


def _key(path: Path) -> str:
    return str(path).casefold()
