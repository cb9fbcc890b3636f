"""An analysis -> report.md, CSV tables and plots."""

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from srgan_tf.errors import UsageError
from srgan_tf.files import write_text
from srgan_tf.markdown import markdown_table
from srgan_tf.opinion.analysis import Analysis, Pairs, RaterFacts, Scores, analyse
from srgan_tf.opinion.plots import draw_distribution, draw_mean_opinion, draw_ranks
from srgan_tf.opinion.statistics import (
    FEWEST_RATERS,
    FEWEST_SHARED,
    RANDOM_P,
    USUAL_P,
    Opinion,
    average_ranks,
    distribution,
    mean_opinion,
    ordinal_alpha,
)
from srgan_tf.opinion.study import SCORES, WORDS
from srgan_tf.published import MOS

Row = Sequence[object]
USELESS = "(useless)"
PUBLISHED = "(paper "

NOTES = {
    "opinion": "Mean of all ratings, 1 bad to 5 excellent; ± is the 95 % interval with raters as the sample "
    "(t, cluster-robust): it holds for other raters of the same images. Where it would leave the scale "
    "it is cut to 1 to 5 and given by its ends.",
    "useless": f"(useless): an interval of fewer than {FEWEST_RATERS} raters, which says next to nothing. "
    "Ask more people.",
    "published": f"{PUBLISHED}...): the score that the paper's 26 raters gave a method of that name on a "
    "dataset of that name.",
    "ranks": "Versions of an image ranked within each rater, 1 is best, ties share the mean rank.",
    "wilcoxon": "Two-sided Wilcoxon signed-rank tests. Above the diagonal: ratings paired within rater and "
    "image, as in the paper. Below: the raters' means, which are as many as there are raters and "
    "independent; trust these where the two disagree. No correction for the number of pairs.",
    "agreement": "Krippendorff's alpha, ordinal: 1 is perfect agreement, 0 that of chance.",
    "raters": "near: share of the calibration images rated at most 1 off the answer shown. correlation: "
    f"Spearman's with the mean of the other raters, from {FEWEST_SHARED} shared images on. p: the "
    "probability of a correlation this high under random scores. p usual: that of one this low for a rater "
    "who agrees with the others as the middle one does. A rater counts as random if "
    f"p >= {RANDOM_P} and p usual < {USUAL_P}; in simulations this accused at most 1 in 100 honest raters.",
}


def write_report(root: Path, out: Path, exclude: Sequence[str] = ()) -> str:
    """Writes report.md, CSV tables and plots of a study.

    Args:
      root: the study's directory.
      out: the directory to write to.
      exclude: findings that exclude a rater, of `analysis.FINDINGS`, and numbers of raters.

    Returns:
      The text of report.md.

    Raises:
      UsageError: there is no such study, or `exclude` or `out` does not fit.
      WorkError: there is nothing to report.
    """
    if out.exists() and not out.is_dir():
        raise UsageError(f"--out={out} is a file; give a directory")
    analysis = analyse(root, exclude)
    text = report_text(analysis)
    for name, content in csv_tables(analysis).items():
        write_text(out / f"{name}.csv", content)
    draw_mean_opinion(analysis.tables, out / "mean_opinion.png")
    draw_distribution(analysis.tables, out / "distribution.png")
    draw_ranks(analysis.tables, out / "ranks.png")
    write_text(out / "report.md", text)
    return text


def report_text(analysis: Analysis) -> str:
    """Returns the report in Markdown, with tables that read well in a terminal too."""
    study, tables, count = analysis.study, analysis.tables, analysis.count
    methods = [m for m in study.methods if any(m in t.methods for t in tables)]
    left_out = [f.number for f in analysis.raters if f.number not in count]
    opinions = [[t.data_set, *_opinions(t, methods)] for t in tables]
    parts = [
        f"# {study.title}",
        f"{sum(t.count for t in tables):,} ratings by {len(count)} rater{'s' if len(count) > 1 else ''}; "
        + (f"left out: {_listed(left_out)}." if left_out else "nobody is left out."),
        "## Mean opinion score",
        NOTES["opinion"],
        _markdown(["", *methods], opinions),
        *(
            NOTES[name]
            for name, mark in (("useless", USELESS), ("published", PUBLISHED))
            if any(mark in cell for row in opinions for cell in row)
        ),
        "![Mean opinion scores](mean_opinion.png)",
        "## Distribution of the scores",
        "![Share of each score, and the mean in red](distribution.png)",
    ]
    for table in tables:
        header = [table.data_set, *(f"{s} {w}" for s, w in zip(SCORES, WORDS, strict=True))]
        rows = zip(table.methods, distribution(table.values), strict=True)
        parts.append(_markdown(header, [[method, *counts] for method, counts in rows]))
    parts += [
        "## Average rank",
        NOTES["ranks"],
        _markdown(["", *methods], [[t.data_set, *_ranks(t, methods)] for t in tables]),
        "![Average ranks](ranks.png)",
        "## Differences between methods",
        NOTES["wilcoxon"],
    ]
    parts += [_markdown([t.data_set, *t.methods], _p_matrix(t, analysis.pairs[t.data_set])) for t in tables]
    everything = np.concatenate([t.values.reshape(len(count), -1) for t in tables], axis=1)
    alphas = [(t.data_set, ordinal_alpha(t.values)) for t in tables]
    if len(tables) > 1:
        alphas.append(("all", ordinal_alpha(everything)))
    parts += [
        "## Agreement of the raters",
        NOTES["agreement"],
        _markdown(["", "alpha"], [[name, _number(alpha, 3)] for name, alpha in alphas]),
        "## Raters",
        NOTES["raters"],
        _markdown(
            ["rater", "rated", "seconds each", "near", "correlation", "p", "p usual", "findings", "counts"],
            [_rater_row(f, count) for f in analysis.raters],
        ),
    ]
    for finding, what in (("calibration", "Failed the calibration"), ("random", "Rated as if at random")):
        found = [f.number for f in analysis.raters if finding in f.findings]
        if found:
            parts.append(f"{what}: {_listed(found)} (`--exclude={finding}` leaves them out).")
    return "\n\n".join(parts) + "\n"


def _opinions(table: Scores, methods: Sequence[str]) -> list[str]:
    def cell(opinion: Opinion) -> str:
        if np.isnan(opinion.low):
            return _number(opinion.mean, 2)
        marked = f" {USELESS}" if opinion.useless else ""
        if opinion.low > SCORES[0] and opinion.high < SCORES[-1]:
            return f"{opinion.mean:.2f} ± {opinion.high - opinion.mean:.2f}{marked}"
        return f"{opinion.mean:.2f}, {opinion.low:.2f} to {opinion.high:.2f}{marked}"

    def beside(method: str) -> str:
        published = MOS.get(method, {}).get(table.data_set)
        return "" if published is None else f" {PUBLISHED}{published:.2f})"

    own = dict(zip(table.methods, mean_opinion(table.values), strict=True))
    return [cell(own[m]) + beside(m) if m in own else "" for m in methods]


def _ranks(table: Scores, methods: Sequence[str]) -> list[str]:
    own = dict(zip(table.methods, average_ranks(table.values)[0], strict=True))
    return [_number(own[m], 2) if m in own else "" for m in methods]


def _p_matrix(table: Scores, pairs: Pairs) -> list[Row]:
    def cell(row: str, column: str) -> str:
        if (row, column) in pairs:
            return _p(pairs[row, column].p)
        return _p(pairs[column, row].p_raters) if row != column else ""

    return [[row, *(cell(row, column) for column in table.methods)] for row in table.methods]


def _rater_row(facts: RaterFacts, count: Sequence[int]) -> Row:
    return (
        facts.number,
        facts.rated,
        _number(facts.seconds, 1),
        _number(facts.near, 2),
        _number(facts.agreement.correlation, 2),
        _p(facts.agreement.p),
        _p(facts.agreement.p_usual),
        ", ".join(facts.findings),
        "yes" if facts.number in count else "no",
    )


def _markdown(header: Row, rows: Sequence[Row]) -> str:
    return markdown_table(header, rows, padded=True)


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None or np.isnan(value) else f"{value:.{digits}f}"


def _p(value: float) -> str:
    if np.isnan(value):
        return "-"
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def _listed(raters: Sequence[int]) -> str:
    return f"rater{'s' if len(raters) > 1 else ''} {', '.join(map(str, raters))}"


def csv_tables(analysis: Analysis) -> dict[str, str]:
    """Returns the tables of a report as CSV, at full precision, and every rating.

    Args:
      analysis: the figures of the report.

    Returns:
      For each table its name and the contents of its file.
    """
    return {
        "mean_opinion": _csv(
            (
                "data_set",
                "method",
                "mean",
                "low",
                "high",
                "ratings",
                "average_rank",
                *map(str, SCORES),
                "raters",
                "useless",
                "published",
            ),
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
            ("rater", "rated", "seconds_each", "near", "correlation", "p", "p_usual", "findings", "counts"),
            (
                (
                    f.number,
                    f.rated,
                    f.seconds,
                    f.near,
                    f.agreement.correlation,
                    f.agreement.p,
                    f.agreement.p_usual,
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
            published = MOS.get(method, {}).get(table.data_set, "")
            yield (
                table.data_set, method, o.mean, o.low, o.high, o.count, rank, *each, o.raters, o.useless,
                published,
            )  # fmt: skip


def _rating_rows(analysis: Analysis) -> Iterator[Row]:
    versions = {v.id: v for v in analysis.study.examples + analysis.study.versions}
    for rating in analysis.ratings:
        v = versions[rating.version]
        when = datetime.fromtimestamp(rating.rated_at, UTC).isoformat(timespec="milliseconds")
        yield rating.rater, rating.position, v.data_set, v.image, v.method, v.answer, rating.score, when


def _csv(header: Row, rows: Iterator[Row]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows([header, *rows])
    return text.getvalue()
