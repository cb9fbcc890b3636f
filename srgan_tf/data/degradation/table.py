"""Tables of degradations: what may happen to a photograph between the lens and the file, with probabilities.

The form is the second-order model of Wang, Xie, Dong and Shan (Real-ESRGAN, arXiv 2107.10833): two passes of
blur, resizing, noise and JPEG, and an end in one of two orders. Two changes: each step has a probability of
its own, where the published table always adds noise and JPEG, and `clean` is the share of crops whose LR is
the paper's plain bicubic. A JSON file of the same names gives a table for one's own camera.
"""

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args, get_type_hints

from srgan_tf.errors import UsageError

BLURS = (
    "isotropic",
    "anisotropic",
    "generalised isotropic",
    "generalised anisotropic",
    "plateau isotropic",
    "plateau anisotropic",
)
RESIZINGS = ("area", "bilinear", "bicubic", "antialiased")

Range = tuple[float, float]


@dataclass(frozen=True)
class Blur:
    """A blur: a kernel of one of `BLURS`, or a sinc filter, which leaves rings.

    Attributes:
      probability: of a blur at all.
      sides: smallest and largest side of the kernel in pixels, odd.
      sinc: probability that it is a sinc filter.
      kinds: probability of each of `BLURS` where it is not.
      sigma: standard deviation along each axis, pixels.
      generalised: exponent of the generalised Gaussian; half of the draws are below 1.
      plateau: exponent of the plateau; half of the draws are below 1.
    """

    probability: float
    sides: tuple[int, int]
    sinc: float
    kinds: tuple[float, ...]
    sigma: Range
    generalised: Range
    plateau: Range


@dataclass(frozen=True)
class Resizing:
    """A change of size.

    Attributes:
      up: probability of a larger image.
      down: probability of a smaller image.
      keep: probability of the same size.
      factor: smallest and largest factor; of the second pass relative to HR / scale.
      methods: some of `RESIZINGS`, equally likely.
    """

    up: float
    down: float
    keep: float
    factor: Range
    methods: tuple[str, ...]


@dataclass(frozen=True)
class Noise:
    """Noise of a sensor.

    Attributes:
      probability: of noise at all.
      gaussian: probability that it is Gaussian; else it is Poisson.
      sigma: standard deviation of Gaussian noise, levels of 255.
      poisson: scale of Poisson noise.
      grey: probability that it is the same in the three channels.
    """

    probability: float
    gaussian: float
    sigma: Range
    poisson: Range
    grey: float


@dataclass(frozen=True)
class Jpeg:
    """Compression.

    Attributes:
      probability: of JPEG at all.
      quality: lowest and highest quality, 1 to 100.
    """

    probability: float
    quality: tuple[int, int]


@dataclass(frozen=True)
class Pass:
    """One pass; its steps come in this order."""

    blur: Blur
    resizing: Resizing
    noise: Noise
    jpeg: Jpeg


@dataclass(frozen=True)
class Table:
    """A degradation.

    Attributes:
      clean: probability that LR is the plain bicubic and nothing else.
      first: the first pass, on HR.
      second: the second, whose resizing aims at HR / scale. Its JPEG is part of the end.
      last_sinc: probability of a sinc filter at the end, with a side of the second pass.
      jpeg_last: probability that the end is resizing to LR, the filter, JPEG; else JPEG comes first.
    """

    clean: float
    first: Pass
    second: Pass
    last_sinc: float
    jpeg_last: float


_KINDS = (0.45, 0.25, 0.12, 0.03, 0.12, 0.03)
_THREE = ("area", "bilinear", "bicubic")
_MILD = ("area", "antialiased")

SECOND_ORDER = Table(
    clean=0.0,
    first=Pass(
        Blur(1.0, (7, 21), 0.1, _KINDS, (0.2, 3.0), (0.5, 4.0), (1.0, 2.0)),
        Resizing(0.2, 0.7, 0.1, (0.15, 1.5), _THREE),
        Noise(1.0, 0.5, (1.0, 30.0), (0.05, 3.0), 0.4),
        Jpeg(1.0, (30, 95)),
    ),
    second=Pass(
        Blur(0.8, (7, 21), 0.1, _KINDS, (0.2, 1.5), (0.5, 4.0), (1.0, 2.0)),
        Resizing(0.3, 0.4, 0.3, (0.3, 1.2), _THREE),
        Noise(1.0, 0.5, (1.0, 25.0), (0.05, 2.5), 0.4),
        Jpeg(1.0, (30, 95)),
    ),
    last_sinc=0.8,
    jpeg_last=0.5,
)
"""The published table of Real-ESRGAN."""

PHOTO = Table(
    clean=0.2,
    first=Pass(
        Blur(0.6, (7, 15), 0.05, _KINDS, (0.2, 2.0), (0.5, 4.0), (1.0, 2.0)),
        Resizing(0.1, 0.4, 0.5, (0.6, 1.2), _MILD),
        Noise(0.4, 0.6, (1.0, 12.0), (0.05, 0.6), 0.4),
        Jpeg(0.4, (60, 95)),
    ),
    second=Pass(
        Blur(0.3, (7, 11), 0.05, _KINDS, (0.2, 1.0), (0.5, 4.0), (1.0, 2.0)),
        Resizing(0.1, 0.3, 0.6, (0.7, 1.2), _MILD),
        Noise(0.5, 0.6, (1.0, 18.0), (0.05, 0.9), 0.4),
        Jpeg(0.8, (40, 95)),
    ),
    last_sinc=0.15,
    jpeg_last=0.8,
)
"""What photographs from phones and the web are like: milder, and a fifth of the crops clean."""

TABLES = {"photo": PHOTO, "second-order": SECOND_ORDER}
BICUBIC = "bicubic"
NAMES = (BICUBIC, *TABLES)


def check_name(name: str) -> None:
    """Checks the form of a `--degradation`; a file is not read.

    Raises:
      UsageError: it is neither one of `NAMES` nor PATH.json.
    """
    if name not in NAMES and not name.endswith(".json"):
        raise UsageError(f"--degradation={name}: expected {', '.join(NAMES)} or a table, PATH.json")


def table_named(name: str) -> Table | None:
    """Returns the table of `--degradation`, or None for the paper's bicubic.

    Args:
      name: one of `NAMES`, or a JSON file, PATH.json.

    Raises:
      UsageError: the name is unknown, or the file holds no valid table.
    """
    if name == BICUBIC:
        return None
    if name in TABLES:
        return TABLES[name]
    check_name(name)
    try:
        values = json.loads(Path(name).expanduser().read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise UsageError(f"--degradation={name}: no JSON that can be read: {error}") from error
    table = _read(Table, values, name)
    check(table, name)
    return table


def as_json(table: Table) -> str:
    """Returns a table as the text of a JSON file that `table_named` reads."""
    return json.dumps(dataclasses.asdict(table), indent=2) + "\n"


def check(table: Table, name: str) -> None:
    """Checks that a table makes sense.

    Raises:
      UsageError: a probability outside 0 to 1, probabilities that do not sum to one, a range turned around
        or beyond what its step can do; the value's place in the table is named.
    """
    _probability(table.clean, name, "clean")
    _probability(table.last_sinc, name, "last_sinc")
    _probability(table.jpeg_last, name, "jpeg_last")
    for at, of in (("first", table.first), ("second", table.second)):
        blur, resizing, noise, jpeg = of.blur, of.resizing, of.noise, of.jpeg
        single = {
            "blur.probability": blur.probability,
            "blur.sinc": blur.sinc,
            "noise.probability": noise.probability,
            "noise.gaussian": noise.gaussian,
            "noise.grey": noise.grey,
            "jpeg.probability": jpeg.probability,
        }
        for place, value in single.items():
            _probability(value, name, f"{at}.{place}")
        if len(blur.kinds) != len(BLURS):
            _refuse(name, f"{at}.blur.kinds", list(blur.kinds), f"{len(BLURS)} probabilities")
        _one(blur.kinds, name, f"{at}.blur.kinds")
        _one((resizing.up, resizing.down, resizing.keep), name, f"{at}.resizing: up, down, keep")
        _range(blur.sides, name, f"{at}.blur.sides", 3, 63)
        if not all(side % 2 for side in blur.sides):
            _refuse(name, f"{at}.blur.sides", list(blur.sides), "odd numbers")
        _range(blur.sigma, name, f"{at}.blur.sigma", 0.05, 20)
        _range(blur.generalised, name, f"{at}.blur.generalised", 0.1, 20)
        _range(blur.plateau, name, f"{at}.blur.plateau", 0.1, 20)
        _range(resizing.factor, name, f"{at}.resizing.factor", 0.1, 4)
        _range(noise.sigma, name, f"{at}.noise.sigma", 0, 255)
        _range(noise.poisson, name, f"{at}.noise.poisson", 0, 100)
        _range(jpeg.quality, name, f"{at}.jpeg.quality", 1, 100)
        if resizing.up and resizing.factor[1] <= 1:
            _refuse(name, f"{at}.resizing.factor", list(resizing.factor), "more than 1 at its end, as up has")
        if resizing.down and resizing.factor[0] >= 1:
            _refuse(name, f"{at}.resizing.factor", list(resizing.factor), "less than 1 first, as down has")
        unknown = [method for method in resizing.methods if method not in RESIZINGS]
        if unknown or not resizing.methods:
            _refuse(name, f"{at}.resizing.methods", list(resizing.methods), f"some of {', '.join(RESIZINGS)}")


def _read(kind: Any, values: Any, name: str, place: str = "") -> Any:
    """Returns what nested JSON values describe: a dataclass, a tuple or a number."""
    if dataclasses.is_dataclass(kind):
        hints = get_type_hints(kind)
        at = place or "the file"
        if not isinstance(values, dict):
            _refuse(name, at, values, f"an object with {', '.join(hints)}")
        for key in values:
            if key not in hints:
                _refuse(name, at, key, f"the names {', '.join(hints)}")
        inside = {key: f"{place}.{key}".lstrip(".") for key in hints}
        for key in hints:
            if key not in values:
                _refuse(name, inside[key], "nothing", "a value")
        return kind(**{key: _read(hints[key], values[key], name, inside[key]) for key in hints})
    if elements := get_args(kind):
        whole = Ellipsis not in elements
        if not isinstance(values, list) or (whole and len(values) != len(elements)):
            _refuse(name, place, values, f"a list of {len(elements)}" if whole else "a list")
        return tuple(_read(elements[0], value, name, place) for value in values)
    allowed = (int, float) if kind is float else kind
    if isinstance(values, bool) or not isinstance(values, allowed):
        _refuse(name, place, values, {float: "a number", int: "a whole number", str: "a name"}[kind])
    return kind(values)


def _probability(value: float, name: str, place: str) -> None:
    if not 0 <= value <= 1:
        _refuse(name, place, value, "a probability, 0 to 1")


def _one(values: tuple[float, ...], name: str, place: str) -> None:
    for value in values:
        _probability(value, name, place)
    if abs(sum(values) - 1) > 1e-6:
        _refuse(name, place, f"a sum of {sum(values):g}", "probabilities that sum to 1")


def _range(values: tuple[float, float], name: str, place: str, lowest: float, highest: float) -> None:
    if not lowest <= values[0] <= values[1] <= highest:
        wanted = f"two numbers that rise, between {lowest:g} and {highest:g}"
        _refuse(name, place, list(values), wanted)


def _refuse(name: str, place: str, found: Any, wanted: str) -> None:
    raise UsageError(f"--degradation={name}: {place}: found {found}, expected {wanted}")
