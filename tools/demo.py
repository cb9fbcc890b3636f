"""`python -m tools.demo IMAGE.png METHODS`: methods on photographs that no model here was trained on."""

from pathlib import Path
from typing import TYPE_CHECKING

from srgan_tf.command_line import CommandLine, run_command
from srgan_tf.errors import UsageError, WorkError

if TYPE_CHECKING:
    from srgan_tf.evaluation.datasets import GroundTruth
    from srgan_tf.evaluation.results import Evaluation

ABOUT = """\
Shows nearest, bicubic and other methods on photographs that no model here was trained on:

  python -m tools.demo IMAGE.png METHODS

METHODS is as in evaluate.py --methods. It prints a table and writes IMAGE.png, methods side by side."""
HELD_OUT = ("chelsea.png", "camera.png")


def sample_images(names: tuple[str, ...], dataset: str) -> "list[GroundTruth]":
    """Returns photographs of scikit-image as a dataset."""
    import skimage

    from srgan_tf.evaluation.datasets import GroundTruth

    root = Path(skimage.__file__).parent / "data"
    return [GroundTruth(dataset, Path(name).stem, root / name) for name in names]


def evaluated(
    images: "list[GroundTruth]", methods: str, folder: Path, degradation: str = "clean"
) -> "Evaluation":
    """Returns the evaluation of methods on images, upscaled by four, under protocol `paper`.

    Args:
      images: the HR images.
      methods: as in `evaluate.py --methods`.
      folder: keeps images and values.
      degradation: what LR goes through besides, as in `evaluate.py --degradation`.

    Raises:
      UsageError: a method cannot be used.
      WorkError: an image could not be evaluated.
    """
    from srgan_tf.data.degradation.cases import cases_named
    from srgan_tf.evaluation.evaluate import evaluate
    from srgan_tf.evaluation.methods import parse_methods
    from srgan_tf.evaluation.protocols import protocols_named

    found, problems = parse_methods(methods, 4)
    if problems:
        raise UsageError(problems[0])
    protocols = protocols_named("paper", cases_named(degradation))
    evaluation = evaluate(images, found, protocols, 4, folder)
    if evaluation.problems:
        raise WorkError(evaluation.problems[0])
    return evaluation


def main() -> None:
    """Prints the table and draws the image."""
    place, methods = CommandLine(ABOUT, "IMAGE.png METHODS").parse()
    from srgan_tf.evaluation.comparison import draw
    from srgan_tf.evaluation.tables import summaries, text_table

    path = Path(place)
    folder = path.with_suffix("")
    evaluation = evaluated(sample_images(HELD_OUT, "held out"), f"nearest,bicubic,{methods}", folder)
    draw(evaluation, folder, path)
    print(f"\n{text_table(evaluation, summaries(evaluation))}\n\nside by side: {path}", flush=True)


if __name__ == "__main__":
    run_command(main)
