"""The work of `evaluate.py`: finds images and methods, evaluates them, and writes the report."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from srgan_tf.bicubic import SCALES
from srgan_tf.command_line import check_value
from srgan_tf.data.degradation.cases import CLEAN, cases_named
from srgan_tf.errors import UsageError, WorkError
from srgan_tf.evaluation.datasets import find_images
from srgan_tf.evaluation.evaluate import evaluate
from srgan_tf.evaluation.methods import ReadyImages, parse_methods
from srgan_tf.evaluation.protocols import Metric, feature_metric, niqe_metric, protocols_named
from srgan_tf.evaluation.report import write_report
from srgan_tf.evaluation.results import Evaluation
from srgan_tf.evaluation.tables import significance, summaries, text_table


def run_evaluation(*, report: Path, **asked: Any) -> tuple[str, tuple[str, ...], list[str]]:
    """Evaluates methods on datasets and writes the report's folder.

    Args:
      report: the folder.
      **asked: the other arguments of `evaluated`.

    Returns:
      The table as text, notes, and a line for everything that could not be evaluated.

    Raises:
      UsageError: there is no image or no method to evaluate, or the report cannot be written.
      WorkError: none of them could be evaluated.
    """
    evaluation, problems = evaluated(report=report, **asked)
    means, p_values = summaries(evaluation), significance(evaluation)
    write_report(evaluation, means, p_values, problems, report)
    return text_table(evaluation, means), evaluation.notes, problems


def evaluated(
    *,
    benchmarks: Path,
    methods: str | Sequence[str],
    report: Path,
    protocol: str,
    degradation: str,
    scale: int,
    precision: str,
    niqe: str,
    vgg_weights: str,
    vgg_layer: str,
) -> tuple[Evaluation, list[str]]:
    """Returns the evaluation of methods on datasets, and a line for everything that could not be evaluated.

    Its arguments are those of `srgan_tf.library.evaluate`, which explains them and holds their defaults; the
    methods may come as a list, whose paths may have commas. Images and values are kept in the report's
    folder.

    Raises:
      UsageError: there is no image or no method to evaluate, or the report cannot be written.
      WorkError: none of them could be evaluated.
    """
    cases = cases_named(degradation)
    protocols = protocols_named(protocol, cases)
    check_value("scale", scale, SCALES, None)
    if scale % 2 and any(p.rules == "paper" for p in protocols):
        raise UsageError(
            f"--scale={scale}: protocol paper takes images with even sides; give --protocol=community"
        )
    images = find_images(benchmarks)
    metrics: list[Metric] = []
    if niqe:
        metrics.append(niqe_metric(niqe))
    if vgg_weights:
        metrics.append(feature_metric(vgg_layer, vgg_weights))
    found, unknown = parse_methods(methods, scale, precision)
    if CLEAN not in cases:
        ready = [method.name for method in found if isinstance(method, ReadyImages)]
        found = [method for method in found if not isinstance(method, ReadyImages)]
        unknown += [
            f"--methods: {name}: images made elsewhere are of clean LR; give weights, or add clean to "
            "--degradation"
            for name in ready
        ]
    if not found:
        raise UsageError("; ".join(unknown) or "--methods is empty: give at least one")
    if precision != "float32" and not any(precision in method.about for method in found):
        raise UsageError(f"--precision={precision} has no effect: --methods names no network of this package")
    try:
        report.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"--report={report}: {error.strerror}; give another folder") from error
    evaluation = evaluate(images, found, protocols, scale, report, tuple(metrics))
    problems = [*unknown, *evaluation.problems]
    if not evaluation.results:
        first, *others = [*problems, *evaluation.notes]
        more = f" (and {len(others)} more like it)" if others else ""
        raise WorkError(f"nothing could be evaluated: {first}{more}")
    return evaluation, problems
