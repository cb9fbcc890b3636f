"""The luma of protocol `paper`: 8-bit RGB to BT.709 limited range, dithered, aware of 4:2:0 chroma.

It is what daala's `png2y4m` writes as the Y plane. Its luma is not a function of the pixel alone: it is
chosen so that the pixel is best rebuilt from it together with the chroma of the 2x2 block.
"""

import numpy as np

from srgan_tf.metrics.paper_dither import divide_rounding, rgb_dither

# BT.709 in rational numbers, K_r = 0.2126 and K_b = 0.0722, over common denominators. With 16-bit R, G, B
# no value below exceeds 2 * 10^15, far within int64.
RGB_DENOMINATOR = 9745792000
Y_WEIGHT = 2916394880000
CR_TO_R = 4490222169144
CB_TO_G, CR_TO_G = -534117096223, -1334761232047
CB_TO_B = 5290866304968


def luma(rgb: np.ndarray) -> np.ndarray:
    """Returns BT.709 limited-range luma, dithered, from which the paper's tables were computed.

    Args:
      rgb: uint8, (H, W, 3), 0..255, H and W even.

    Returns:
      uint8, (H, W), 0..255, about 16..235.

    Raises:
      ValueError: an odd height or width, for which the 2x2 blocks are not defined.
    """
    height, width = rgb.shape[:2]
    if height % 2 or width % 2:
        raise ValueError(f"the luma of protocol paper takes even sizes, the image is {height}x{width}")
    rgb16 = 257 * rgb.astype(np.int64) + rgb_dither(height, width)
    red, green, blue = np.moveaxis(rgb16, -1, 0)
    chroma = _chroma_in_rgb(rgb16)

    # The luma below which the pixel lies, given the chroma of its block. The shift keeps the sum in range.
    without_chroma = [
        (channel * RGB_DENOMINATOR - offset + 4096) >> 13
        for channel, offset in zip((red, green, blue), chroma, strict=True)
    ]
    weighted = 1063 * without_chroma[0] + 3576 * without_chroma[1] + 361 * without_chroma[2]
    lower = np.clip(weighted // 1780026171875, -16, 238)

    errors = [
        sum(
            (np.clip(divide_rounding(Y_WEIGHT * y + offset, RGB_DENOMINATOR), 0, 65535) - channel) ** 2
            for channel, offset in zip((red, green, blue), chroma, strict=True)
        )
        for y in (lower, lower + 1)
    ]
    takes_upper = (errors[1] < errors[0]) | ((errors[1] == errors[0]) & (lower % 2 == 1))
    return (lower + takes_upper + 16).astype(np.uint8)


def _chroma_in_rgb(rgb16: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The share of each 2x2 block's 8-bit Cb and Cr in R, G and B, times RGB_DENOMINATOR: int64, (H, W)."""
    height, width = rgb16.shape[:2]
    blocks = rgb16.reshape(height // 2, 2, width // 2, 2, 3).sum(axis=(1, 3))
    cb = divide_rounding(blocks @ np.array([-29764, -100128, 129892]), 304016865)
    cr = divide_rounding(blocks @ np.array([110236, -100128, -10108]), 258011295)
    cb, cr = np.clip(cb, -128, 127), np.clip(cr, -128, 127)
    offsets = (CR_TO_R * cr, CB_TO_G * cb + CR_TO_G * cr, CB_TO_B * cb)
    return tuple(offset.repeat(2, axis=0).repeat(2, axis=1) for offset in offsets)
