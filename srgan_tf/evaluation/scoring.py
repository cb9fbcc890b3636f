"""Methods x data sets -> figures: every picture made or found, measured, and kept for the next time."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import tensorflow as tf
from PIL import Image
from tqdm import tqdm

from srgan_tf.data.decode import UnusableImage
from srgan_tf.data.degradation import crop_to_multiple, downscale
from srgan_tf.errors import UsageError, WorkError
from srgan_tf.evaluation.cache import digest, file_digest, load_cache, save_cache
from srgan_tf.evaluation.methods import (
    ORIGINAL,
    Method,
    ReadyPictures,
    Upscaling,
    pictures_of,
)
from srgan_tf.evaluation.originals import Original, read_picture
from srgan_tf.evaluation.protocols import Protocol
from srgan_tf.files import replacing

CACHE = "cache.json"
PICTURES = "pictures"


@dataclass(frozen=True)
class Measure:
    """Figures of a picture that belong to no protocol.

    Attributes:
      names: of the figures, as in tables.
      fingerprint: text that changes when the figures do.
      of: function (sr, hr) of uint8 (H, W, 3) pictures without their border, to a value per name.
    """

    names: tuple[str, ...]
    fingerprint: str
    of: Callable[[np.ndarray, np.ndarray], tuple[float, ...]]


@dataclass(frozen=True)
class Result:
    """What one picture scored.

    Attributes:
      protocol: the protocol of PSNR and SSIM, and of the LR that the picture was made from.
      benchmark: the data set.
      image: the image's name.
      method: the method's name.
      figures: "psnr" (dB, inf for identical luma), "ssim" and those of further measures, by name.
      picture: the SR picture, inside the report's folder.
    """

    protocol: str
    benchmark: str
    image: str
    method: str
    figures: dict[str, float]
    picture: str


@dataclass(frozen=True)
class Evaluation:
    """Everything that was measured.

    Attributes:
      methods: in the order asked for.
      protocols: likewise.
      originals: the HR images that could be read.
      figures: names of the figures: "psnr", "ssim" and those of further measures.
      scale: of the comparison.
      results: one per protocol, image and method.
      notes: a line for each data set that a method has no pictures of.
      problems: a line for each picture that could not be scored.
    """

    methods: tuple[Method, ...]
    protocols: tuple[Protocol, ...]
    originals: tuple[Original, ...]
    figures: tuple[str, ...]
    scale: int
    results: list[Result] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def select(self, protocol: str, benchmark: str, method: str) -> dict[str, Result]:
        """The results of a method on a data set, by image."""
        return {
            r.image: r
            for r in self.results
            if (r.protocol, r.benchmark, r.method) == (protocol, benchmark, method)
        }

    @property
    def benchmarks(self) -> tuple[str, ...]:
        """The data sets, in order."""
        return tuple(dict.fromkeys(o.benchmark for o in self.originals))


@dataclass(frozen=True)
class _Work:
    """What all pictures of a comparison share."""

    report: Path
    scale: int
    measures: tuple[Measure, ...]
    cache: dict
    names: dict[str, frozenset[str]]  # image names by data set


def evaluate(
    originals: list[Original],
    methods: list[Method],
    protocols: tuple[Protocol, ...],
    scale: int,
    report: Path,
    measures: tuple[Measure, ...] = (),
) -> Evaluation:
    """Scores every method on every image under every protocol, one picture at a time, with a progress bar.

    PSNR and SSIM leave out a border of `scale` pixels. What cannot be scored is named in the result, and the
    rest goes on.

    Args:
      originals: the HR images; each is cropped at the bottom and right to multiples of `scale`.
      methods: what is compared.
      protocols: under which.
      scale: of the comparison.
      report: folder for the pictures and the cache.
      measures: further figures.

    Returns:
      Figures, and what went wrong.
    """
    names: dict[str, set[str]] = {}
    for original in originals:
        names.setdefault(original.benchmark, set()).add(original.name)
    cache = load_cache(report / CACHE)
    work = _Work(report, scale, measures, cache, {k: frozenset(v) for k, v in names.items()})
    problems: list[str] = []
    evaluation = Evaluation(
        methods=tuple(methods),
        protocols=protocols,
        originals=tuple(o for o in originals if _keeps_original(work, o, problems)),
        figures=("psnr", "ssim", *(name for measure in measures for name in measure.names)),
        scale=scale,
        problems=problems,
    )
    images = {method.name: list(_covered(work, method, evaluation)) for method in methods}
    total = sum(map(len, images.values())) * len(protocols)
    with tqdm(total=total, unit="picture", delay=1, leave=False) as bar:
        for method in methods:
            try:
                for original in images[method.name]:
                    bar.set_description(f"{method.name}, {original.benchmark}", refresh=False)
                    _score(work, method, original, evaluation)
                    bar.update(len(protocols))
            finally:
                save_cache(cache, report / CACHE)
    return evaluation


def original_picture(original: Original) -> str:
    """Where an HR image's picture is, inside the report's folder."""
    return f"{PICTURES}/{original.benchmark}/{ORIGINAL}/{original.name}.png"


def _keeps_original(work: _Work, original: Original, problems: list[str]) -> bool:
    """Writes the cropped HR picture to the report; False, with a line of problem, if it cannot be read."""
    key = digest("original", file_digest(original.path), work.scale)
    target = work.report / original_picture(original)
    try:
        _made(work, target, key, lambda: crop_to_multiple(_read(original.path), work.scale))
    except WorkError as error:
        problems.append(f"{original.benchmark}: {error}")
        return False
    return True


def _covered(work: _Work, method: Method, evaluation: Evaluation) -> Iterator[Original]:
    """The images that a method is to be scored on: not those of a set of which it has no picture at all."""
    for benchmark in evaluation.benchmarks:
        images = [o for o in evaluation.originals if o.benchmark == benchmark]
        pictures = isinstance(method, ReadyPictures)
        if pictures and not any(pictures_of(method, o, work.names[benchmark]) for o in images):
            folder = method.of_set(benchmark)
            note = f"{method.name}: no pictures of {benchmark} in {folder}; left out there"
            evaluation.notes.append(note)
            continue
        yield from images


def _score(work: _Work, method: Method, original: Original, evaluation: Evaluation) -> None:
    """Adds the results of one image under every protocol, or a line of what went wrong."""
    for protocol in evaluation.protocols:
        try:
            evaluation.results.append(_result(work, method, original, protocol))
        except (WorkError, ValueError) as error:
            line = f"{method.name}, {original.benchmark}, {original.name}: {error}"
            if line not in evaluation.problems:  # a ready picture fails alike under every protocol
                evaluation.problems.append(line)


def _result(work: _Work, method: Method, original: Original, protocol: Protocol) -> Result:
    sr_path = _sr_picture(work, method, original, protocol)
    hr_path = work.report / original_picture(original)
    pair = file_digest(sr_path), file_digest(hr_path)
    loaded: list[np.ndarray] = []

    def values(fingerprint: str, of: Callable[[np.ndarray, np.ndarray], tuple[float, ...]]) -> list[float]:
        key = digest("figures", fingerprint, work.scale, *pair)
        if key not in work.cache:
            if not loaded:
                loaded.extend(_same_size(sr_path, hr_path))
            work.cache[key] = [float(value) for value in of(*loaded)]
        return work.cache[key]

    def score(sr: np.ndarray, hr: np.ndarray) -> tuple[float, float]:
        found = protocol.score(sr, hr, work.scale)
        return found.psnr, found.ssim

    figures = dict(zip(("psnr", "ssim"), values(protocol.name, score), strict=True))
    inside = np.s_[work.scale : -work.scale, work.scale : -work.scale]
    for measure in work.measures:
        found = values(measure.fingerprint, lambda sr, hr, of=measure.of: of(sr[inside], hr[inside]))
        figures |= dict(zip(measure.names, found, strict=True))
    picture = sr_path.relative_to(work.report).as_posix()
    return Result(protocol.name, original.benchmark, original.name, method.name, figures, picture)


def _same_size(sr_path: Path, hr_path: Path) -> tuple[np.ndarray, np.ndarray]:
    sr, hr = _read(sr_path), _read(hr_path)
    if sr.shape != hr.shape:
        raise WorkError(
            f"the picture is {sr.shape[1]}x{sr.shape[0]} (width x height), "
            f"expected {hr.shape[1]}x{hr.shape[0]}"
        )
    return sr, hr


def _sr_picture(work: _Work, method: Method, original: Original, protocol: Protocol) -> Path:
    """The file with a method's picture of an image, in the report; made if need be."""
    folder = work.report / PICTURES / original.benchmark
    if isinstance(method, ReadyPictures):
        source = _one(pictures_of(method, original, work.names[original.benchmark]), method, original)
        target = folder / method.name / f"{original.name}.png"
        return _made(work, target, digest("ready", file_digest(source)), lambda: _read(source))

    hr_path = work.report / original_picture(original)

    def enlarged() -> np.ndarray:
        lr = downscale(_read(hr_path), work.scale, protocol.downscale)
        return _enlarge(method, lr, protocol)

    target = folder / f"{method.name}@{protocol.name}" / f"{original.name}.png"
    key = digest("sr", method.fingerprint, protocol.downscale, work.scale, file_digest(hr_path))
    return _made(work, target, key, enlarged)


def _one(found: list[Path], method: ReadyPictures, original: Original) -> Path:
    folder = method.of_set(original.benchmark)
    if not found:
        raise WorkError(f"no picture in {folder}; expected {original.name}.png")
    if len(found) > 1:
        listed = ", ".join(path.name for path in found)
        raise WorkError(f"more than one picture in {folder}: {listed}; keep one")
    return found[0]


def _enlarge(method: Upscaling, lr: np.ndarray, protocol: Protocol) -> np.ndarray:
    try:
        return method.upscale(lr, protocol.downscale)
    except UsageError as error:  # a picture for which the memory does not do
        raise WorkError(str(error)) from error
    except tf.errors.OpError as error:
        raise WorkError(f"the network failed ({str(error.message).splitlines()[0]})") from error


def _made(work: _Work, target: Path, key: str, make: Callable[[], np.ndarray]) -> Path:
    """`target`, written unless it already holds what `key` stands for."""
    if key not in work.cache or work.cache[key] != file_digest(target):
        work.cache[key] = _save(make(), target)
    return target


def _read(path: Path) -> np.ndarray:
    try:
        return read_picture(path)
    except (UnusableImage, OSError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise WorkError(f"{path}: {reason}") from error


def _save(picture: np.ndarray, path: Path) -> str:
    """Writes a PNG, complete or not at all, and gives its `file_digest`."""
    try:
        with replacing(path) as beside:
            Image.fromarray(picture).save(beside, compress_level=4)
    except OSError as error:
        raise UsageError(
            f"{path}: cannot be written ({error.strerror or error}); give another --report"
        ) from error
    return file_digest(path)
