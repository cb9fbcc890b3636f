"""PSNR, SSIM and further values of an experiment's methods on the benchmarks, beside the published ones."""

from collections.abc import Mapping
from pathlib import Path

from experiments.page import beside
from srgan_tf.evaluation.results import Evaluation
from srgan_tf.evaluation.run import evaluated
from srgan_tf.evaluation.tables import number, summaries
from srgan_tf.markdown import markdown_table
from srgan_tf.progress import note
from srgan_tf.published import MOS, PUBLISHED

PROTOCOL = "paper"


def scored(
    methods: str, benchmarks: Path, report: Path, *, niqe: str = "photographs", vgg_weights: str = ""
) -> Evaluation:
    """Returns the evaluation of methods under protocol `paper`, with NIQE and, given weights, VGG54 distance.

    Args:
      methods: as in `evaluate.py --methods`.
      benchmarks: folder that holds a folder of HR images for each dataset.
      report: keeps images and values, so that the next call computes only what has changed.
      niqe: as in `evaluate.py`; "" for none.
      vgg_weights: as in `evaluate.py`.

    Raises:
      UsageError: there is nothing to evaluate.
      WorkError: nothing could be evaluated.
    """
    evaluation, problems = evaluated(
        benchmarks=benchmarks,
        methods=methods,
        report=report,
        protocol=PROTOCOL,
        degradation="clean",
        scale=4,
        precision="float32",
        niqe=niqe,
        vgg_weights=vgg_weights,
        vgg_layer="vgg54",
    )
    for line in problems:
        note(line)
    return evaluation


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


def opinions_of(study: str | None) -> dict[tuple[str, str], str]:
    """Returns the mean opinion scores that a study has measured, by dataset and method.

    Args:
      study: its folder; None or "" for none.

    Raises:
      UsageError: there is no such study.
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
    return found
