"""PSNR, SSIM and further values of an experiment's methods on the benchmarks, beside the published ones."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from experiments.command import PROTOCOL, SCALE
from experiments.page import beside
from srgan_tf.errors import UsageError
from srgan_tf.evaluation.datasets import GroundTruth, find_images
from srgan_tf.evaluation.results import Evaluation
from srgan_tf.evaluation.run import evaluated
from srgan_tf.evaluation.tables import number, summaries
from srgan_tf.markdown import markdown_table
from srgan_tf.metrics.niqe import BLOCK
from srgan_tf.progress import note
from srgan_tf.published import MOS, PUBLISHED

NAMED = 8
"""The most lines of what is missing that a page shows."""


@dataclass(frozen=True)
class Scored:
    """What was evaluated, and what a page has to do without.

    Attributes:
      evaluation: of the methods.
      missing: a sentence each; empty where every image of every method was evaluated.
    """

    evaluation: Evaluation
    missing: tuple[str, ...]


def scored(
    methods: Sequence[str], benchmarks: Path, report: Path, *, niqe: bool = True, vgg_weights: str = ""
) -> Scored:
    """Returns the evaluation of methods under protocol `paper`, with NIQE and, given weights, VGG54 distance.

    NIQE is left out where an image is too small for it.

    Args:
      methods: each as in `evaluate.py --methods`.
      benchmarks: folder that holds a folder of HR images for each dataset.
      report: keeps images and values, so that the next call computes only what has changed.
      niqe: True for NIQE.
      vgg_weights: as in `evaluate.py`.

    Raises:
      UsageError: there is nothing to evaluate.
      WorkError: nothing could be evaluated.
    """
    small = _too_small(find_images(benchmarks)) if niqe else ""
    evaluation, problems = evaluated(
        benchmarks=benchmarks,
        methods=methods,
        report=report,
        protocol=PROTOCOL,
        degradation="clean",
        scale=SCALE,
        precision="float32",
        niqe="photographs" if niqe and not small else "",
        vgg_weights=vgg_weights,
        vgg_layer="vgg54",
    )
    missing = [small] if small else []
    lines = [*problems, *evaluation.notes]
    missing += [
        f"Not in the tables: {line.replace(f'{benchmarks}/', '').rstrip('.')}." for line in lines[:NAMED]
    ]
    if len(lines) > NAMED:
        missing.append(f"Not in the tables, for such reasons: {len(lines) - NAMED} more.")
    for line in (small, *lines):
        if line:
            note(line)
    return Scored(evaluation, tuple(missing))


def datasets_in(benchmarks: Path) -> tuple[str, ...]:
    """Returns the names of the datasets in a folder, which is worth a look before hours of other work.

    Raises:
      UsageError: there is no image.
    """
    return tuple(dict.fromkeys(image.dataset for image in find_images(benchmarks)))


def _too_small(images: Iterable[GroundTruth]) -> str:
    """A sentence on an image that has no block of NIQE inside its border; "" if there is none."""
    for image in images:
        try:
            with Image.open(image.path) as opened:
                width, height = opened.size
        except (OSError, ValueError):  # it is named when it is read
            continue
        if min(side // SCALE * SCALE for side in (width, height)) < BLOCK + 2 * SCALE:
            least = BLOCK + 2 * SCALE
            return (
                f"NIQE is left out: {image.dataset}/{image.path.name} is {width}x{height}, and it takes "
                f"{least}x{least} at least."
            )
    return ""


def score_tables(
    evaluation: Evaluation,
    published: Mapping[str, str],
    opinions: Mapping[tuple[str, str], str] = {},
    labels: Mapping[str, str] = {},
) -> str:
    """Returns a Markdown table for each dataset: a column for each value, the published one in brackets.

    Args:
      evaluation: of `scored`.
      published: for each method its name in the paper's tables; methods in this order.
      opinions: measured mean opinion scores, by dataset and method.
      labels: what stands at the beginning of a row, by method; otherwise its name.
    """
    means = summaries(evaluation)
    others = evaluation.metrics[2:]
    parts = []
    for dataset in evaluation.datasets:
        rows = []
        for method, name in published.items():
            found = {m: means.get((PROTOCOL, dataset, method, m)) for m in evaluation.metrics}
            known = dict(zip(("psnr", "ssim"), PUBLISHED.get(name, {}).get(dataset, ()), strict=False))
            cells = [
                beside(
                    number(found[m].mean, m) if found[m] else "", number(known[m], m) if m in known else ""
                )
                for m in ("psnr", "ssim")
            ]
            cells += [number(found[m].mean, m) if found[m] else "-" for m in others]
            score = MOS.get(name, {}).get(dataset)
            cells.append(beside(_opinion(opinions, dataset, method, name), f"{score:.2f}" if score else ""))
            rows.append([labels.get(method, method), *cells])
        parts.append(f"### {dataset}\n")
        parts.append(markdown_table(["", "PSNR, dB", "SSIM", *others, "MOS"], rows) + "\n")
    return "\n".join(parts).rstrip()


def _opinion(opinions: Mapping[tuple[str, str], str], dataset: str, method: str, published: str) -> str:
    """A study names a method as the experiment does, or as the paper's tables do."""
    return opinions.get((dataset, method), opinions.get((dataset, published), ""))


def opinions_of(
    study: str | None, published: Mapping[str, str], datasets: Sequence[str]
) -> dict[tuple[str, str], str]:
    """Returns the mean opinion scores that a study has measured, by dataset and method.

    Args:
      study: its folder; None or "" for none.
      published: as in `score_tables`.
      datasets: that are shown.

    Raises:
      UsageError: there is no such study, or none of its scores is of a method and a dataset that are shown.
      WorkError: it has no ratings.
    """
    if not study:
        return {}
    from srgan_tf.opinion.analysis import analyse
    from srgan_tf.opinion.statistics import mean_opinion

    found = {}
    for table in analyse(Path(study).expanduser()).tables:
        for method, opinion in zip(table.methods, mean_opinion(table.values), strict=True):
            found[table.data_set, method] = f"{opinion.mean:.2f}"
    if not any(_opinion(found, dataset, *names) for dataset in datasets for names in published.items()):
        of = "; ".join(f"{method} on {dataset}" for dataset, method in found)
        raise UsageError(
            f"--study={study}: its scores are of {of}, and the page shows {', '.join(published)} on "
            f"{', '.join(datasets)}: names must agree"
        )
    return found
