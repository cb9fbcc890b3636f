"""HR -> LR: the paper's bicubic, and what photographs meet between the lens and the file."""

from srgan_tf.data.degradation.bicubic import (
    Downscale,
    check_method,
    crop_to_multiple,
    downscale,
    upscale_bicubic,
)

__all__ = ["Downscale", "check_method", "crop_to_multiple", "downscale", "upscale_bicubic"]
