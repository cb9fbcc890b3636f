"""Named cases: LR that is made from HR with fixed seeds, to compare methods on degraded sources.

A case is the steps that are written in it, such as `noise10+jpeg60`, or a table of degradations with one draw
for each image. Seeds come from an image's name, so that every call on every machine gives the same LR.
"""

import hashlib
import io
import re
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter

from srgan_tf.data.degradation.bicubic import Downscale, downscale
from srgan_tf.data.degradation.passes import degraded_image
from srgan_tf.data.degradation.table import BICUBIC, TABLES, Table
from srgan_tf.data.degradation.table_files import table_named
from srgan_tf.errors import UsageError

SEED = 2017
"""Part of every image's seed."""


@dataclass(frozen=True)
class Case:
    """A way in which LR is degraded; the steps come in this order.

    Attributes:
      name: in reports.
      blur: standard deviation of a Gaussian on HR, HR pixels; 0 for none.
      noise: standard deviation of Gaussian noise on LR, levels of 255; 0 for none.
      jpeg: quality of LR's JPEG; 0 for none.
      table: draws everything instead, once for each image.
    """

    name: str
    blur: float = 0.0
    noise: float = 0.0
    jpeg: int = 0
    table: Table | None = None

    @property
    def about(self) -> str:
        """Its steps in words."""
        if self.table is not None:
            return "one draw of the table for each image"
        steps = [
            f"Gaussian blur of HR, sigma {self.blur:g} pixels" if self.blur else "",
            f"Gaussian noise, standard deviation {self.noise:g} of 255" if self.noise else "",
            f"JPEG of quality {self.jpeg}, 4:2:0" if self.jpeg else "",
        ]
        return "; ".join(filter(None, steps)) or "the protocol's own downscaling and nothing else"


CLEAN = Case("clean")
PHONE = Case("phone", 0.8, 4, 80)
"""A mild mix of all three, as a phone in good light gives."""

_NAMED = {CLEAN.name: CLEAN, BICUBIC: CLEAN, PHONE.name: PHONE}
_NAMED |= {name: Case(name, table=table) for name, table in TABLES.items()}

_STEPS = {"blur": (0.1, 20), "noise": (0.1, 100), "jpeg": (1, 100)}
"""The steps in their order, with the smallest and the largest number."""
_STEP = re.compile(r"([a-z]+)(\d+\.?\d*|\.\d+)")
EXPECTED = (
    f"{', '.join(_NAMED)}, PATH.json, or steps in this order: blurS, noiseS, jpegQ (blur0.8+noise4+jpeg80)"
)


def cases_named(text: str) -> tuple[Case, ...]:
    """Returns the cases of `evaluate.py --degradation`.

    Args:
      text: names separated by commas.

    Raises:
      UsageError: there is none, one is given twice, or a name is unknown or makes no sense.
    """
    cases: dict[str, Case] = {}
    for name in filter(None, map(str.strip, text.split(","))):
        case = case_named(name)
        if case.name in cases:
            raise UsageError(f"--degradation={text}: {case.name} is named twice; expected each case once")
        cases[case.name] = case
    if not cases:
        raise UsageError(f"--degradation is empty: expected {EXPECTED}")
    return tuple(cases.values())


def case_named(name: str) -> Case:
    """Returns the case of a name: "clean", "phone", a table's name or file, or steps joined by "+".

    Raises:
      UsageError: a step is unknown, comes too late or is out of range, or a table's file is not valid.
    """
    if name in _NAMED:
        return _NAMED[name]
    if name.endswith(".json"):
        file = Path(name).name
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._+-]*", file):
            raise UsageError(
                f"--degradation={name}: a file called {file!r}, which names folders of the report: "
                "expected letters, digits, '.', '_', '+' and '-'"
            )
        return Case(file, table=table_named(name))
    steps = [_step(name, text) for text in name.split("+")]
    order = list(_STEPS)
    for (before, _), (after, _) in pairwise(steps):
        if order.index(before) >= order.index(after):
            raise UsageError(
                f"--degradation={name}: {after} after {before}: expected each step once, in the order "
                f"{', '.join(order)}"
            )
    spelled = "+".join(f"{step}{value:.15g}" for step, value in steps)
    return Case(spelled, **{step: int(value) if step == "jpeg" else value for step, value in steps})


def degraded_lr(hr: np.ndarray, scale: int, way: Downscale, case: Case, name: str) -> np.ndarray:
    """Returns the LR of an image in a case: blurred, downscaled, noisy, compressed.

    Values are rounded to 8 bits after each step, as files between the steps would have them.

    Args:
      hr: uint8 (H, W, 3), both sides multiples of `scale`.
      scale: the factor.
      way: of downscaling.
      case: what happens besides.
      name: the image's, of which the seed is made.

    Returns:
      uint8 (H / scale, W / scale, 3).
    """
    lr = downscale(blurred(hr, case.blur) if case.blur else hr, scale, way)
    if case.table is not None:
        first, second = _seeds(name, "<i8")[:2]
        return degraded_image(hr, lr, case.table, (int(first), int(second)), scale)
    if case.noise:
        lr = noisy(lr, case.noise, name)
    return compressed(lr, case.jpeg) if case.jpeg else lr


def content(case: Case, name: str) -> str:
    """Returns a text that changes when an image's LR in a case does; empty for the clean one.

    Args:
      case: the case.
      name: the image's.
    """
    values = float(case.blur), float(case.noise), case.jpeg, case.table
    seeded = case.noise or case.table is not None
    return repr((*values, SEED, name) if seeded else values) if any(values) else ""


def blurred(image: np.ndarray, sigma: float) -> np.ndarray:
    """Returns an image under a Gaussian, mirrored at its border.

    Args:
      image: uint8 (H, W, 3).
      sigma: standard deviation, pixels; the kernel ends at four of them.

    Returns:
      uint8 (H, W, 3).
    """
    values = gaussian_filter(image.astype(np.float64), (sigma, sigma, 0), mode="reflect", truncate=4)
    return _uint8(values)


def noisy(image: np.ndarray, sigma: float, name: str) -> np.ndarray:
    """Returns an image with Gaussian noise that is independent in every pixel and channel.

    Args:
      image: uint8 (h, w, 3).
      sigma: standard deviation, levels of 255.
      name: the image's; noise of the same name differs between values of sigma by that factor alone.

    Returns:
      uint8 (h, w, 3).
    """
    # RandomState's stream is frozen, unlike that of Generator (NEP 19).
    field = np.random.RandomState(_seeds(name, "<u4")).standard_normal(image.shape)
    return _uint8(image + sigma * field)


def compressed(image: np.ndarray, quality: int) -> np.ndarray:
    """Returns an image after Pillow's JPEG with halved chroma.

    Args:
      image: uint8 (h, w, 3).
      quality: 1 to 100.

    Returns:
      uint8 (h, w, 3).
    """
    file = io.BytesIO()
    Image.fromarray(image).save(file, "JPEG", quality=quality, subsampling="4:2:0")
    return np.array(Image.open(file))


def _step(name: str, text: str) -> tuple[str, float]:
    found = _STEP.fullmatch(text)
    if not found or found[1] not in _STEPS:
        raise UsageError(f"--degradation={name}: unknown {text!r}: expected {EXPECTED}")
    step, value = found[1], float(found[2])
    lowest, highest = _STEPS[step]
    whole = step != "jpeg" or value.is_integer()
    if not (whole and lowest <= value <= highest):
        kind = "a whole number" if step == "jpeg" else "a number"
        raise UsageError(f"--degradation={name}: {text}: expected {kind} from {lowest} to {highest}")
    return step, value


def _seeds(name: str, kind: str) -> np.ndarray:
    """Integers made of an image's name."""
    return np.frombuffer(hashlib.sha256(f"{SEED} {name}".encode()).digest(), kind)


def _uint8(values: np.ndarray) -> np.ndarray:
    return np.clip(np.floor(values + 0.5), 0, 255).astype(np.uint8)
