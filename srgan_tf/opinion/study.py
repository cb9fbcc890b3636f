"""What a study shows: its pictures, in a directory that no longer changes once it is made.

STUDY_DIR/study.json          this file's dataclasses
          pictures/ID.png     each picture under a random name
          ratings.sqlite3     what raters did (`srgan_tf.opinion.store`)
"""

import dataclasses
import io
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from srgan_tf.errors import UsageError

FORMAT = 1
SCORES = (1, 2, 3, 4, 5)
WORDS = ("bad", "poor", "fair", "good", "excellent")  # of the absolute category rating of ITU-R BT.500
BEST, WORST = SCORES[-1], SCORES[0]


@dataclass(frozen=True)
class Picture:
    """One version of one image.

    Attributes:
      id: a random name, which says nothing about the picture.
      data_set: such as "Set5"; empty for calibration pictures.
      image: the image's name in its data set.
      method: what made this version, such as "srgan" or "original".
      width: pixels.
      height: pixels.
      answer: of a calibration picture, the score that the rater is told; None for pictures of the test.
    """

    id: str
    data_set: str
    image: str
    method: str
    width: int
    height: int
    answer: int | None = None


@dataclass(frozen=True, eq=False)
class Study:
    """What is rated.

    Attributes:
      root: the study's directory.
      title: what raters read at the top.
      methods: names, in the order in which reports list them.
      examples: the calibration pictures.
      pictures: the pictures of the test.
    """

    root: Path
    title: str
    methods: tuple[str, ...]
    examples: tuple[Picture, ...]
    pictures: tuple[Picture, ...]

    @property
    def data_sets(self) -> tuple[str, ...]:
        """Names of the data sets, in the order in which they were given."""
        return tuple(dict.fromkeys(p.data_set for p in self.pictures))

    @property
    def largest(self) -> tuple[int, int]:
        """Width and height, in pixels, of a frame that holds every picture."""
        everything = self.examples + self.pictures
        return max(p.width for p in everything), max(p.height for p in everything)

    @property
    def ratings(self) -> Path:
        """The database of raters and ratings."""
        return self.root / "ratings.sqlite3"


def picture_path(root: Path, picture_id: str) -> Path:
    """Where a study keeps a picture's file."""
    return root / "pictures" / f"{picture_id}.png"


def encode_stored(picture: np.ndarray) -> bytes:
    """A PNG file whose length depends on the picture's height and width alone.

    Compression would give methods away: the smoother a picture, the smaller its file. So the pixels are
    stored uncompressed, and nothing else is in the file: no text, no profile, no time.

    Args:
      picture: uint8 (H, W, 3).

    Returns:
      The file's bytes, a little over 3 H W.
    """
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "PNG", compress_level=0)
    return file.getvalue()


def save_study(study: Study) -> None:
    """Writes `study.json` into the study's directory."""
    content = {"format": FORMAT, **dataclasses.asdict(study)}
    del content["root"]
    (study.root / "study.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def load_study(root: Path) -> Study:
    """Reads a study that `create` has made.

    Args:
      root: the study's directory.

    Raises:
      UsageError: there is none, or another version of this program made it.
    """
    path = root / "study.json"
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UsageError(f"{root} is no study: {path} is missing; make one with `create`") from None
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be read: {error}; make the study again with `create`") from None
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise UsageError(f"{path} is not of format {FORMAT}; make the study again with `create`")
    return Study(
        root,
        content["title"],
        tuple(content["methods"]),
        tuple(Picture(**p) for p in content["examples"]),
        tuple(Picture(**p) for p in content["pictures"]),
    )
