"""The images of a study, in a directory that does not change once it is made.

STUDY_DIR/study.json          this file's dataclasses
          pictures/ID.png     each image under a random name
          ratings.sqlite3     the ratings (`srgan_tf.opinion.store`)
"""

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path

from srgan_tf.errors import UsageError

FORMAT = 1
SCORES = (1, 2, 3, 4, 5)
WORDS = ("bad", "poor", "fair", "good", "excellent")  # of the absolute category rating of ITU-R BT.500
BEST, WORST = SCORES[-1], SCORES[0]
IMAGES = "pictures"
"""The folder of images in a study, and their key in its file."""


@dataclass(frozen=True)
class Version:
    """One version of one image.

    Attributes:
      id: a random name, which says nothing about the image.
      data_set: such as "Set5"; empty for calibration images.
      image: the image's name in its dataset.
      method: what made this version, such as "srgan" or "original".
      width: pixels.
      height: pixels.
      answer: of a calibration image, the score that the rater is told; None for images of the test.
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
    """A set of images to be rated.

    Attributes:
      root: the study's directory.
      title: what raters read at the top.
      methods: names, in the order in which reports list them.
      examples: the calibration images.
      versions: the images of the test, each in the version of each method.
    """

    root: Path
    title: str
    methods: tuple[str, ...]
    examples: tuple[Version, ...]
    versions: tuple[Version, ...]

    @property
    def data_sets(self) -> tuple[str, ...]:
        """Names of the datasets, in the order in which they were given."""
        return tuple(dict.fromkeys(v.data_set for v in self.versions))

    @property
    def largest(self) -> tuple[int, int]:
        """Width and height, in pixels, of a frame that holds every image."""
        everything = self.examples + self.versions
        return max(v.width for v in everything), max(v.height for v in everything)

    @property
    def ratings(self) -> Path:
        """The database of raters and ratings."""
        return self.root / "ratings.sqlite3"


def image_path(root: Path, name: str) -> Path:
    """Returns the path of an image's file in a study."""
    return root / IMAGES / f"{name}.png"


def save_study(study: Study) -> None:
    """Writes `study.json` into the study's directory."""
    content = {"format": FORMAT, **dataclasses.asdict(study)}
    del content["root"]
    content[IMAGES] = content.pop("versions")
    (study.root / "study.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def load_study(root: Path) -> Study:
    """Returns a study that `create` has made.

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
        tuple(Version(**v) for v in content["examples"]),
        tuple(Version(**v) for v in content[IMAGES]),
    )
