"""The photographs inside scikit-image's wheel: something real to try everything on, with no download.

Those are taken whose documentation in `skimage.data` dedicates them to the public domain or gives CC0. The
stereo pair of a motorcycle, for one, comes without such a statement and is left out.
"""

from pathlib import Path
from typing import Literal

import skimage

from srgan_tf.data.scan import Source, scan
from srgan_tf.errors import UsageError

PHOTOGRAPHS = {
    "train": (
        "astronaut.png",
        "brick.png",
        "coffee.png",
        "grass.png",
        "gravel.png",
        "hubble_deep_field.jpg",
        "retina.jpg",
        "rocket.jpg",
    ),
    "validation": ("chelsea.png", "camera.png"),
}


def open_sample(*, split: Literal["train", "validation"], min_size: int = 0) -> Source:
    """The sample photographs of one side.

    Args:
      split: "train" or "validation"; no picture is in both.
      min_size: pictures with a side below this are left out.

    Raises:
      UsageError: scikit-image lacks one of the pictures.
    """
    # Read by path, since skimage.data's functions download what they do not find.
    root = Path(skimage.__file__).parent / "data"
    names = PHOTOGRAPHS[split]
    for name in names:
        if not (root / name).is_file():
            raise UsageError(
                f"the sample photograph {name} is not in {root}: install the scikit-image of requirements.txt"
            )
    return scan("sample", names, lambda i: (root / names[i]).read_bytes(), keys=names, min_size=min_size)
