"""An analysis as CSV tables of full precision."""

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from srgan_tf.opinion.analysis import Analysis
from srgan_tf.opinion.statistics import average_ranks, distribution, mean_opinion
from srgan_tf.opinion.study import SCORES

Row = Sequence[object]


def csv_tables(analysis: Analysis) -> dict[str, str]:
    """The tables of a report, and every rating.

    Args:
      analysis: what raters think.

    Returns:
      For each table its name and the contents of its file.
    """
    return {
        "mean_opinion": _csv(
            ("data_set", "method", "mean", "low", "high", "ratings", "average_rank", *map(str, SCORES)),
            _opinion_rows(analysis),
        ),
        "wilcoxon": _csv(
            ("data_set", "first", "second", "difference", "pairs", "p", "p_raters"),
            (
                (data_set, *methods, pair.difference, pair.count, pair.p, pair.p_raters)
                for data_set, pairs in analysis.pairs.items()
                for methods, pair in pairs.items()
            ),
        ),
        "raters": _csv(
            ("rater", "rated", "seconds_each", "near", "correlation", "p", "findings", "counts"),
            (
                (
                    f.number,
                    f.rated,
                    f.seconds,
                    f.near,
                    f.correlation,
                    f.p,
                    " ".join(f.findings),
                    f.number in analysis.count,
                )
                for f in analysis.raters
            ),
        ),
        "ratings": _csv(
            ("rater", "position", "data_set", "image", "method", "answer_shown", "score", "rated_at"),
            _rating_rows(analysis),
        ),
    }


def _opinion_rows(analysis: Analysis) -> Iterator[Row]:
    for table in analysis.tables:
        opinions, counts = mean_opinion(table.values), distribution(table.values)
        ranks, _ = average_ranks(table.values)
        for method, o, rank, each in zip(table.methods, opinions, ranks, counts, strict=True):
            yield table.data_set, method, o.mean, o.low, o.high, o.count, rank, *each


def _rating_rows(analysis: Analysis) -> Iterator[Row]:
    pictures = {p.id: p for p in analysis.study.examples + analysis.study.pictures}
    for rating in analysis.ratings:
        p = pictures[rating.picture]
        when = datetime.fromtimestamp(rating.rated_at, UTC).isoformat(timespec="milliseconds")
        yield rating.rater, rating.position, p.data_set, p.image, p.method, p.answer, rating.score, when


def _csv(header: Row, rows: Iterator[Row]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows([header, *rows])
    return text.getvalue()
