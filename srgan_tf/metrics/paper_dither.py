"""The dither that the paper's luma conversion adds: triangular noise from a fixed pseudo-random stream.

The stream is the same for every image, so the noise depends on the image's size alone. The
generator and the redrawing are sequential by definition; the first is made fast here by leaping, the
second is a plain loop over the stream, and the result is kept per size.
"""

from collections.abc import Callable, Iterator
from functools import cache, lru_cache, reduce
from itertools import cycle

import numpy as np

SEED = {"z": 362436069, "w": 521288629, "jsr": 123456789, "jcong": 380116160}
DITHER_RANGES = (1223320001, 1479548744, 1255654970)  # for Y, Cb, Cr a draw is 0 to this, exclusive

_BLOCK = 2**16
_MASK = 2**32 - 1


def kiss99(z: int, w: int, jsr: int, jcong: int) -> Iterator[np.ndarray]:
    """Yields blocks of the KISS pseudo-random generator of 1999.

    (MWC ^ CONG) + SHR3 of 32 bits. Source: G. Marsaglia, "Random numbers for C: End, at last?",
    sci.stat.math, 20 January 1999. Each part is a linear map of its state, so that n steps are one
    leap: from a run of n successive states follow the next n, all at once.

    Args:
      z: state of the upper multiply-with-carry generator, 0 < z < 36969 * 2^16 - 1.
      w: state of the lower one, 0 < w < 18000 * 2^16 - 1.
      jsr: state of the xorshift generator, 32 bits, not 0.
      jcong: state of the congruential generator, 32 bits.

    Yields:
      uint64, (65536,), the next values, each below 2^32.
    """
    parts = (
        _states(z, lambda states, steps: _leap_mwc(states, steps, 36969)),
        _states(w, lambda states, steps: _leap_mwc(states, steps, 18000)),
        _states(jcong, _leap_congruential),
        _states(jsr, lambda states, steps: _map_bits(_shr3_columns(steps), states)),
    )
    for upper, lower, congruential, shr3 in zip(*parts, strict=True):
        yield ((((upper << 16) + lower) ^ congruential) + shr3) & _MASK


@lru_cache(maxsize=16)
def rgb_dither(height: int, width: int) -> np.ndarray:
    """Returns the noise that is added to the 16-bit R, G and B of an image before its luma is taken.

    Triangular noise of up to one 8-bit level either way in each of Y, Cb and Cr, brought to R, G, B. The
    chroma noise is that of a 2x2 block's first pixel, since the block shares one chroma sample; daala's
    tool adds it to G as it does to R and B, where BT.709 would subtract it.

    Args:
      height: of the image, even.
      width: of the image, even.

    Returns:
      int16, (height, width, 3), for R, G, B in units of 1/257 of an 8-bit level, of magnitude below
      1000; read-only, since it is kept for the next image of the size.
    """
    blocks = _triangular(height * width).reshape(height // 2, width // 2, 4, 3)
    y = blocks[..., 0].reshape(height // 2, width // 2, 2, 2).swapaxes(1, 2).reshape(height, width)
    cb, cr = (blocks[..., 0, channel].repeat(2, axis=0).repeat(2, axis=1) for channel in (1, 2))
    dither = np.stack(
        [
            divide_rounding(2 * y + 3 * cr, 8176000),
            divide_rounding(2384 * y + 361 * cb + 1063 * cr, 9745792000),
            divide_rounding(2 * y + 3 * cb, 8176000),
        ],
        axis=-1,
    ).astype(np.int16)
    dither.setflags(write=False)
    return dither


def divide_rounding(numerator: np.ndarray, denominator: int) -> np.ndarray:
    """Returns integer division to the nearest, halves away from zero.

    Args:
      numerator: int64, of magnitude below 2^62.
      denominator: from 1 to 2^62.

    Returns:
      int64, the shape of `numerator`.
    """
    return np.sign(numerator) * ((np.abs(numerator) + denominator // 2) // denominator)


def _triangular(pixels: int) -> np.ndarray:
    """Differences of two uniform draws for Y, Cb, Cr of each pixel, as drawn: int64, (pixels, 3)."""
    ranges = np.array(DITHER_RANGES)
    draws = _accepted(np.repeat(_MASK // ranges * ranges, 2).tolist(), 6 * pixels)
    first, second = np.moveaxis(draws.reshape(pixels, 3, 2) % ranges[:, np.newaxis], -1, 0)
    return first - second


def _accepted(limits: list[int], count: int) -> np.ndarray:
    """Values of the stream, the k-th the next that is below `limits[k % len(limits)]`: int64, (count,)."""
    accepted, found = [], 0
    next_limit = cycle(limits).__next__
    limit = next_limit()
    for block in kiss99(**SEED):
        kept = []
        for value in block.tolist():
            if value < limit:
                kept.append(value)
                limit = next_limit()
        accepted.append(np.array(kept, np.int64))
        found += len(kept)
        if found >= count:
            break
    return np.concatenate(accepted)[:count]


def _states(seed: int, leap: Callable[[np.ndarray, int], np.ndarray]) -> Iterator[np.ndarray]:
    """The states that follow a seed, in blocks; `leap(states, steps)` gives each state `steps` steps on."""
    states = leap(np.array([seed], np.uint64), 1)
    while states.size < _BLOCK:
        states = np.concatenate([states, leap(states, states.size)])
    while True:
        yield states
        states = leap(states, _BLOCK)


def _leap_mwc(states: np.ndarray, steps: int, multiplier: int) -> np.ndarray:
    """Multiply-with-carry of 16 bits: x -> multiplier * (x mod 2^16) + floor(x / 2^16).

    With m = multiplier * 2^16 - 1 that is x -> multiplier * x mod m, as multiplier * 2^16 = 1 (mod m).
    Both factors are below 2^32, and their product below 2^64.
    """
    modulus = multiplier * 2**16 - 1
    return states * np.uint64(pow(multiplier, steps, modulus)) % np.uint64(modulus)


def _leap_congruential(states: np.ndarray, steps: int) -> np.ndarray:
    """Congruential: x -> 69069 x + 1234567 mod 2^32. A wrap at 2^64 leaves that remainder as it is."""
    power = pow(69069, steps, 69068 * 2**32)
    geometric_sum = (power - 1) // 69068
    return (states * np.uint64(power & _MASK) + np.uint64(1234567 * geometric_sum & _MASK)) & _MASK


@cache
def _shr3_columns(steps: int) -> np.ndarray:
    """The images of the 32 bits under `steps` (a power of 2) steps of xorshift 17/13/5: uint64, (32,)."""
    if steps > 1:
        half = _shr3_columns(steps // 2)
        return _map_bits(half, half)
    bits = np.uint64(1) << np.arange(32, dtype=np.uint64)
    bits ^= bits << 17 & _MASK
    bits ^= bits >> 13
    return bits ^ bits << 5 & _MASK


def _map_bits(columns: np.ndarray, states: np.ndarray) -> np.ndarray:
    """A linear map of 32 bits, given by the image of each bit, applied to states."""
    return reduce(np.bitwise_xor, (column * (states >> bit & 1) for bit, column in enumerate(columns)))
