"""What `evaluate.py` does: finds images and methods, scores them, and writes the report."""

from pathlib import Path

from srgan_tf.errors import UsageError, WorkError
from srgan_tf.evaluation.methods import parse_methods
from srgan_tf.evaluation.originals import find_originals
from srgan_tf.evaluation.perceptual import feature_measure, niqe_measure
from srgan_tf.evaluation.protocols import protocols_named
from srgan_tf.evaluation.report import write_report
from srgan_tf.evaluation.results import Measure
from srgan_tf.evaluation.scoring import evaluate
from srgan_tf.evaluation.tables import significance, summaries, text_table
from srgan_tf.models.generator import SHUFFLES


def run_benchmark(
    *,
    benchmarks: Path,
    methods: str,
    report: Path,
    protocol: str = "both",
    scale: int = 4,
    precision: str = "float32",
    niqe: str = "",
    vgg_weights: str = "",
    vgg_layer: str = "vgg54",
) -> tuple[str, list[str], list[str]]:
    """Scores methods on data sets and writes the report's folder.

    Args:
      benchmarks: folder with a folder per data set.
      methods: as in `--methods` (`srgan_tf.evaluation.methods.parse_methods`).
      report: the folder to write.
      protocol: "paper", "community" or "both".
      scale: enlargement of each side.
      precision: of the networks' convolutions.
      niqe: file with NIQE's parameters; empty: no NIQE.
      vgg_weights: as in `--vgg_weights`; empty: no feature distance.
      vgg_layer: "vgg22" or "vgg54".

    Returns:
      The table as text, notes, and a line for everything that could not be scored.

    Raises:
      UsageError: there is no image or no method to score, or the report cannot be written.
      WorkError: none of them could be scored.
    """
    protocols = protocols_named(protocol)
    if scale not in SHUFFLES:
        raise UsageError(f"--scale={scale}: expected one of {', '.join(map(str, SHUFFLES))}")
    if scale % 2 and any(p.name == "paper" for p in protocols):
        raise UsageError(
            f"--scale={scale}: protocol paper takes pictures with even sides; give --protocol=community"
        )
    originals = find_originals(benchmarks)
    measures: list[Measure] = []
    if niqe:
        measures.append(niqe_measure(Path(niqe).expanduser()))
    if vgg_weights:
        measures.append(feature_measure(vgg_layer, vgg_weights))
    found, unknown = parse_methods(methods, scale, precision)
    if not found:
        raise UsageError("; ".join(unknown) or "--methods is empty: give at least one")
    try:
        report.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"--report={report}: {error.strerror}; give another folder") from error
    evaluation = evaluate(originals, found, protocols, scale, report, tuple(measures))
    problems = [*unknown, *evaluation.problems]
    if not evaluation.results:
        first, *others = [*problems, *evaluation.notes]
        more = f" (and {len(others)} more like it)" if others else ""
        raise WorkError(f"nothing could be scored: {first}{more}")
    means, p_values = summaries(evaluation), significance(evaluation)
    write_report(evaluation, means, p_values, problems, report)
    return text_table(evaluation, means), evaluation.notes, problems
