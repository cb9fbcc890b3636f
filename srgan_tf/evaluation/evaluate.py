"""Methods x datasets -> values: every image made or found, measured, and kept for the next call."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tensorflow as tf

from srgan_tf.data.degradation import crop_to_multiple
from srgan_tf.data.degradation.cases import CLEAN, content, degraded_lr
from srgan_tf.errors import UsageError, WorkError
from srgan_tf.evaluation.comparison import busiest_window
from srgan_tf.evaluation.datasets import GroundTruth
from srgan_tf.evaluation.methods import ORIGINAL, Method, ReadyImages, Upscaling, images_of
from srgan_tf.evaluation.protocols import Metric, Protocol
from srgan_tf.evaluation.results import Evaluation, Reference, Result
from srgan_tf.evaluation.store import (
    IMAGES,
    Store,
    Stored,
    bytes_digest,
    decoded,
    digest,
    open_store,
    read_bytes,
    save_store,
    stored_image,
    stored_values,
)
from srgan_tf.progress import progress

DETAIL = 48
"""Side of the square that the report's page shows of each image, pixels."""


@dataclass(frozen=True)
class _Opened:
    """An HR image during its evaluation: its file is read and hashed once, for all methods and protocols.

    Attributes:
      truth: whose image.
      digest: of its file.
      hr: gives uint8 (H, W, 3), cropped to multiples of the scale; decoded at the first use.
      lr: the same downscaled, uint8 (H / scale, W / scale, 3), by the protocol.
    """

    truth: GroundTruth
    digest: str
    hr: Callable[[], np.ndarray]
    lr: Callable[[Protocol], np.ndarray]


def evaluate(
    images: list[GroundTruth],
    methods: list[Method],
    protocols: tuple[Protocol, ...],
    scale: int,
    folder: Path,
    metrics: tuple[Metric, ...] = (),
) -> Evaluation:
    """Evaluates every method on every image under every protocol, with a progress bar.

    PSNR and SSIM leave out a border of `scale` pixels. What cannot be evaluated is named in the result, and
    the rest goes on.

    Args:
      images: the HR images; each is cropped at the bottom and right to multiples of `scale`.
      methods: what is compared.
      protocols: under which.
      scale: of the comparison.
      folder: the report's, for images and values.
      metrics: further values.

    Returns:
      Values, and what went wrong.
    """
    names: dict[str, set[str]] = {}
    for image in images:
        names.setdefault(image.dataset, set()).add(image.name)
    store = open_store(folder)
    wanted, notes = _wanted(images, methods, names)
    total = sum(len(_under(method, protocols)) for found in wanted.values() for method in found)
    notes += _clean_only(methods, protocols)
    references, results, problems = [], [], []
    with progress(total, unit="image", delay=1) as bar:
        for image in images:
            try:
                opened = _open(image, scale)
                references.append(_reference(store, opened, scale))
            except WorkError as error:
                problems.append(("", f"{image.dataset}: {error}"))
                continue
            try:
                for method in wanted[image]:
                    bar.set_description(f"{image.dataset}, {image.name}, {method.name}", refresh=False)
                    for protocol in _under(method, protocols):
                        try:
                            sr = _sr(store, opened, method, protocol, scale, names[image.dataset])
                            values = _values(store, opened, sr, protocol, scale, metrics)
                        except (WorkError, ValueError) as error:
                            line = f"{method.name}, {image.dataset}, {image.name}: {error}"
                            problems.append((method.name, line))
                        else:
                            result = (protocol.name, image.dataset, image.name, method.name, values, sr.file)
                            results.append(Result(*result))
                        bar.update()
            finally:
                save_store(store)
    order = {name: i for i, name in enumerate(["", *(method.name for method in methods)])}
    # A ready image fails alike under every protocol: one line.
    lines = dict.fromkeys(line for _, line in sorted(problems, key=lambda found: order[found[0]]))
    return Evaluation(
        methods=tuple(methods),
        protocols=protocols,
        references=tuple(references),
        metrics=("psnr", "ssim", *(name for metric in metrics for name in metric.names)),
        scale=scale,
        results=tuple(sorted(results, key=lambda result: order[result.method])),
        notes=tuple(notes),
        problems=tuple(lines),
    )


def _wanted(
    images: list[GroundTruth], methods: list[Method], names: dict[str, set[str]]
) -> tuple[dict[GroundTruth, list[Method]], list[str]]:
    """Returns the methods to evaluate on each image, and a line for each dataset that one has no image of."""
    wanted: dict[GroundTruth, list[Method]] = {image: [] for image in images}
    notes = []
    for method in methods:
        for dataset in names:
            own = [image for image in images if image.dataset == dataset]
            if isinstance(method, ReadyImages) and not any(
                images_of(method, image, names[dataset]) for image in own
            ):
                where = method.of_dataset(dataset)
                notes.append(f"{method.name}: no images of {dataset} in {where}; left out there")
                continue
            for image in own:
                wanted[image].append(method)
    return wanted, notes


def _under(method: Method, protocols: tuple[Protocol, ...]) -> list[Protocol]:
    """Returns the protocols under which a method is evaluated: images made elsewhere are of clean LR."""
    return [p for p in protocols if p.case == CLEAN or not isinstance(method, ReadyImages)]


def _clean_only(methods: list[Method], protocols: tuple[Protocol, ...]) -> list[str]:
    """Returns a line for each method that is left out of some cases."""
    cases = ", ".join(dict.fromkeys(p.case.name for p in protocols if p.case != CLEAN))
    ready = [method.name for method in methods if isinstance(method, ReadyImages)] if cases else []
    return [f"{name}: images made elsewhere are of clean LR; left out of {cases}" for name in ready]


def _open(truth: GroundTruth, scale: int) -> _Opened:
    data = read_bytes(truth.path)
    hr = functools.cache(lambda: crop_to_multiple(decoded(data, truth.path), scale))

    @functools.cache
    def lr(protocol: Protocol) -> np.ndarray:
        return degraded_lr(hr(), scale, protocol.downscale, protocol.case, truth.name)

    return _Opened(truth, bytes_digest(data), hr, lr)


def _reference(store: Store, opened: _Opened, scale: int) -> Reference:
    """Writes the HR image to the report."""
    truth = opened.truth
    file = f"{IMAGES}/{truth.dataset}/{ORIGINAL}/{truth.name}.png"
    stored_image(store, file, digest("original", opened.digest, scale), opened.hr)

    def detail() -> tuple[int, ...]:
        height, width = opened.hr().shape[:2]
        window = busiest_window(opened.hr(), DETAIL)
        return width, height, window.left, window.top

    found = stored_values(store, digest("detail", DETAIL, opened.digest, scale), detail)
    width, height, left, top = map(int, found)
    return Reference(truth.dataset, truth.name, file, (width, height), (left, top))


def _sr(
    store: Store,
    opened: _Opened,
    method: Method,
    protocol: Protocol,
    scale: int,
    names: set[str],
) -> Stored:
    """Returns a method's image; made or copied to the report if need be.

    Raises:
      WorkError: there is no such image, or the network failed.
    """
    truth = opened.truth
    folder = f"{IMAGES}/{truth.dataset}/{method.name}"
    if isinstance(method, ReadyImages):
        source = _one(images_of(method, truth, names), method, truth)
        data = read_bytes(source)
        if bytes_digest(data) == opened.digest:  # HR itself, which is cropped as the reference is
            key = digest("original", opened.digest, scale)
            return stored_image(store, f"{folder}/{truth.name}.png", key, opened.hr)
        key = digest("ready", bytes_digest(data))
        return stored_image(store, f"{folder}/{truth.name}.png", key, lambda: decoded(data, source))
    case = filter(None, [content(protocol.case, truth.name)])  # the clean one adds nothing to the key
    key = digest("sr", method.fingerprint, protocol.downscale, scale, opened.digest, *case)
    file = f"{folder}@{protocol.name}/{truth.name}.png"
    return stored_image(store, file, key, lambda: _upscaled(method, opened, protocol))


def _one(found: list[Path], method: ReadyImages, truth: GroundTruth) -> Path:
    folder = method.of_dataset(truth.dataset)
    if not found:
        raise WorkError(f"no image in {folder}; expected {truth.name}.png")
    if len(found) > 1:
        listed = ", ".join(path.name for path in found)
        raise WorkError(f"more than one image in {folder}: {listed}; keep one")
    return found[0]


def _upscaled(method: Upscaling, opened: _Opened, protocol: Protocol) -> np.ndarray:
    try:
        return method.upscale(opened.lr(protocol), protocol.downscale)
    except UsageError as error:  # an image that is too large for the memory
        raise WorkError(str(error)) from error
    except tf.errors.OpError as error:
        raise WorkError(f"the network failed ({str(error.message).splitlines()[0]})") from error


def _values(
    store: Store, opened: _Opened, sr: Stored, protocol: Protocol, scale: int, metrics: tuple[Metric, ...]
) -> dict[str, float]:
    """Returns the values of an SR image by name.

    Raises:
      WorkError: its size is not that of HR.
    """

    def pair() -> tuple[np.ndarray, np.ndarray]:
        (height, width), (expected_height, expected_width) = (p().shape[:2] for p in (sr.pixels, opened.hr))
        if (height, width) != (expected_height, expected_width):
            raise WorkError(
                f"the image is {width}x{height} (width x height), expected {expected_width}x{expected_height}"
            )
        return sr.pixels(), opened.hr()

    def score() -> tuple[float, float]:
        found = protocol.score(*pair(), scale)
        return found.psnr, found.ssim

    def inside(metric: Metric) -> tuple[float, ...]:
        return metric.of(*(image[scale:-scale, scale:-scale] for image in pair()))

    def stored(fingerprint: str, compute: Callable[[], tuple[float, ...]]) -> list[float]:
        key = digest("values", fingerprint, scale, sr.digest, opened.digest)
        return stored_values(store, key, compute)

    values = dict(zip(("psnr", "ssim"), stored(protocol.name, score), strict=True))
    for metric in metrics:
        found = stored(metric.fingerprint, functools.partial(inside, metric))
        values |= dict(zip(metric.names, found, strict=True))
    return values
