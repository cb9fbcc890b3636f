"""Tables of degradations: what may happen to a photograph between the lens and the file, with probabilities.

The form is the second-order model of Wang, Xie, Dong and Shan (Real-ESRGAN, arXiv 2107.10833): two passes of
blur, resizing, noise and JPEG, and an end in one of two orders. Two changes: each step has a probability of
its own, where the published table always adds noise and JPEG, and `clean` is the share of crops whose LR is
the paper's plain bicubic. `srgan_tf.data.degradation.table_files` reads tables of one's own.
"""

from dataclasses import dataclass

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
      generalised: exponent of the generalised Gaussian; half of the draws are at most 1.
      plateau: exponent of the plateau; half of the draws are at most 1.
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
