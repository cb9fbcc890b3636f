"""Image files <-> arrays, for every room: the one reader; `srgan_tf.images.writing` is the one writer."""

from srgan_tf.images.files import (
    FORMATS,
    SUFFIXES,
    UnusableImage,
    folder_name,
    image_files,
    image_names,
    opened,
)
from srgan_tf.images.reading import (
    MAX_PIXELS,
    DecodedImage,
    decode_rgb,
    eight_bits,
    from_pillow,
    from_samples,
    pixels_of,
    read_image,
    read_rgb,
)

__all__ = [
    "FORMATS",
    "MAX_PIXELS",
    "SUFFIXES",
    "DecodedImage",
    "UnusableImage",
    "decode_rgb",
    "eight_bits",
    "folder_name",
    "from_pillow",
    "from_samples",
    "image_files",
    "image_names",
    "opened",
    "pixels_of",
    "read_image",
    "read_rgb",
]
