"""Methods x data sets -> figures: every picture made or found, measured, and kept for the next time."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from tqdm import tqdm

from srgan_tf.errors import WorkError
from srgan_tf.evaluation import sr_pictures
from srgan_tf.evaluation.cache import digest, file_digest, load_cache, save_cache
from srgan_tf.evaluation.methods import Method, ReadyPictures
from srgan_tf.evaluation.originals import Original
from srgan_tf.evaluation.protocols import Protocol
from srgan_tf.evaluation.results import Evaluation, Measure, Result
from srgan_tf.evaluation.sr_pictures import Pictures

CACHE = "cache.json"


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
    pictures = Pictures(report, scale, cache, {k: frozenset(v) for k, v in names.items()})
    problems: list[str] = []
    evaluation = Evaluation(
        methods=tuple(methods),
        protocols=protocols,
        originals=tuple(o for o in originals if _readable(pictures, o, problems)),
        figures=("psnr", "ssim", *(name for measure in measures for name in measure.names)),
        scale=scale,
        problems=problems,
    )
    images = {method.name: list(_covered(pictures, method, evaluation)) for method in methods}
    total = sum(map(len, images.values())) * len(protocols)
    with tqdm(total=total, unit="picture", delay=1, leave=False) as bar:
        for method in methods:
            try:
                for original in images[method.name]:
                    bar.set_description(f"{method.name}, {original.benchmark}", refresh=False)
                    _score(pictures, method, original, measures, evaluation)
                    bar.update(len(protocols))
            finally:
                save_cache(cache, report / CACHE)
    return evaluation


def _readable(pictures: Pictures, original: Original, problems: list[str]) -> bool:
    """Whether an HR picture is in the report now; False, with a line of problem, if it cannot be read."""
    try:
        sr_pictures.keep_original(pictures, original)
    except WorkError as error:
        problems.append(f"{original.benchmark}: {error}")
        return False
    return True


def _covered(pictures: Pictures, method: Method, evaluation: Evaluation) -> Iterator[Original]:
    """The images that a method is to be scored on: not those of a set of which it has no picture at all."""
    for benchmark in evaluation.benchmarks:
        images = [o for o in evaluation.originals if o.benchmark == benchmark]
        if isinstance(method, ReadyPictures) and not sr_pictures.any_found(pictures, method, images):
            folder = method.of_set(benchmark)
            note = f"{method.name}: no pictures of {benchmark} in {folder}; left out there"
            evaluation.notes.append(note)
            continue
        yield from images


def _score(
    pictures: Pictures,
    method: Method,
    original: Original,
    measures: tuple[Measure, ...],
    evaluation: Evaluation,
) -> None:
    """Adds the results of one image under every protocol, or a line of what went wrong."""
    for protocol in evaluation.protocols:
        try:
            evaluation.results.append(_result(pictures, method, original, protocol, measures))
        except (WorkError, ValueError) as error:
            line = f"{method.name}, {original.benchmark}, {original.name}: {error}"
            if line not in evaluation.problems:  # a ready picture fails alike under every protocol
                evaluation.problems.append(line)


def _result(
    pictures: Pictures,
    method: Method,
    original: Original,
    protocol: Protocol,
    measures: tuple[Measure, ...],
) -> Result:
    cache, scale = pictures.cache, pictures.scale
    sr_path = sr_pictures.keep_sr(pictures, method, original, protocol)
    hr_path = pictures.report / sr_pictures.original_picture(original)
    pair = file_digest(sr_path), file_digest(hr_path)
    loaded: list[np.ndarray] = []

    def values(fingerprint: str, of: Callable[[np.ndarray, np.ndarray], tuple[float, ...]]) -> list[float]:
        key = digest("figures", fingerprint, scale, *pair)
        if key not in cache:
            if not loaded:
                loaded.extend(sr_pictures.read_pair(sr_path, hr_path))
            cache[key] = [float(value) for value in of(*loaded)]
        return cache[key]

    def score(sr: np.ndarray, hr: np.ndarray) -> tuple[float, float]:
        found = protocol.score(sr, hr, scale)
        return found.psnr, found.ssim

    figures = dict(zip(("psnr", "ssim"), values(protocol.name, score), strict=True))
    inside = np.s_[scale:-scale, scale:-scale]
    for measure in measures:
        found = values(measure.fingerprint, lambda sr, hr, of=measure.of: of(sr[inside], hr[inside]))
        figures |= dict(zip(measure.names, found, strict=True))
    picture = sr_path.relative_to(pictures.report).as_posix()
    return Result(protocol.name, original.benchmark, original.name, method.name, figures, picture)
