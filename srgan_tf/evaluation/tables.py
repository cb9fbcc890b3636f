"""Figures as text: the table that is printed, the same as Markdown, one line per image as CSV."""

import csv
import io
import math
from itertools import combinations

from srgan_tf.evaluation.published import PUBLISHED
from srgan_tf.evaluation.results import Evaluation
from srgan_tf.evaluation.statistics import SIGNIFICANT, Summary, p_value, summarize
from srgan_tf.markdown import markdown_table

DIGITS = {"psnr": 2, "ssim": 4}
"""Decimals of each figure in tables; 3 for others."""
LABELS = {"psnr": "PSNR", "ssim": "SSIM"}

Summaries = dict[tuple[str, str, str, str], Summary]
"""By protocol, data set, method and figure."""
PValues = dict[tuple[str, str, str, str, str], float]
"""By protocol, data set, figure and two methods."""


def summaries(evaluation: Evaluation) -> Summaries:
    """Mean and interval of every figure of every method on every data set."""
    found = {}
    for protocol, benchmark, method in _cells(evaluation):
        results = evaluation.select(protocol, benchmark, method).values()
        for figure in evaluation.figures if results else ():
            found[protocol, benchmark, method, figure] = summarize([r.figures[figure] for r in results])
    return found


def significance(evaluation: Evaluation) -> PValues:
    """`p_value` of every two methods, over the images of a data set that both were scored on."""
    found = {}
    for protocol in (p.name for p in evaluation.protocols):
        for benchmark in evaluation.benchmarks:
            results = {m.name: evaluation.select(protocol, benchmark, m.name) for m in evaluation.methods}
            for a, b in combinations(results, 2):
                images = [image for image in results[a] if image in results[b]]
                for figure in evaluation.figures if images else ():
                    values = ([results[m][image].figures[figure] for image in images] for m in (a, b))
                    found[protocol, benchmark, figure, a, b] = p_value(*values)
    return found


def text_table(evaluation: Evaluation, means: Summaries) -> str:
    """Methods by data sets for the terminal; each line names its protocol."""
    rows = _rows(evaluation, means)
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    rule = "  ".join("-" * width for width in widths)
    whole = [_figure_names(evaluation), "", lines[0], rule, *lines[1:], *_incomplete(evaluation)]
    return "\n".join(line.rstrip() for line in whole)


def markdown_means(evaluation: Evaluation, means: Summaries) -> str:
    """The same table as Markdown, and the published rows of the same data sets below it."""
    header, *rows = _rows(evaluation, means)
    text = f"{_figure_names(evaluation)}\n\n{markdown_table(header, rows)}\n"
    notes = _incomplete(evaluation)
    if notes:
        text += "\n" + "\n".join(notes) + "\n"
    sets = [b for b in evaluation.benchmarks if any(b in row for row in PUBLISHED.values())]
    if sets and "paper" in {p.name for p in evaluation.protocols}:
        published = [
            [name, *("{:.2f} / {:.4f}".format(*row[b]) if b in row else "-" for b in sets)]
            for name, row in PUBLISHED.items()
            if any(b in row for b in sets)
        ]
        text += "\nAs published (Ledig et al., CVPR 2017), protocol `paper`:\n\n"
        text += markdown_table(["method", *sets], published) + "\n"
    return text


def markdown_intervals(evaluation: Evaluation, means: Summaries) -> str:
    """Every mean with its bootstrap interval."""
    header = ["protocol", "data set", "method", "images", *(_label(f) for f in evaluation.figures)]
    rows = []
    for protocol, benchmark, method in _cells(evaluation):
        cells = [means.get((protocol, benchmark, method, figure)) for figure in evaluation.figures]
        if all(cells):
            texts = [_interval(s, figure) for s, figure in zip(cells, evaluation.figures, strict=True)]
            rows.append([protocol, benchmark, method, str(cells[0].count), *texts])
    return markdown_table(header, rows) + "\n"


def markdown_significance(evaluation: Evaluation, p_values: PValues) -> str:
    """A matrix of p-values per protocol, data set and figure; those below 0.05 are bold."""
    names = [m.name for m in evaluation.methods]
    parts = []
    for protocol in (p.name for p in evaluation.protocols):
        for benchmark in evaluation.benchmarks:
            for figure in evaluation.figures:
                rows = [
                    [a, *(_p_cell(p_values, protocol, benchmark, figure, a, b) for b in names)] for a in names
                ]
                parts.append(f"### {_label(figure)}, {benchmark}, protocol `{protocol}`\n")
                parts.append(markdown_table(["", *names], rows) + "\n")
    return "\n".join(parts)


def csv_table(evaluation: Evaluation) -> str:
    """One line per protocol, method and image, with every digit."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["protocol", "data_set", "image", "method", *evaluation.figures])
    for r in evaluation.results:
        figures = [r.figures[name] for name in evaluation.figures]
        writer.writerow([r.protocol, r.benchmark, r.image, r.method, *figures])
    return text.getvalue()


def number(value: float, figure: str) -> str:
    """A figure in a table's digits; "inf" where it is infinite."""
    return "inf" if math.isinf(value) else f"{value:.{DIGITS.get(figure, 3)}f}"


def _cells(evaluation: Evaluation) -> list[tuple[str, str, str]]:
    return [
        (protocol.name, benchmark, method.name)
        for protocol in evaluation.protocols
        for benchmark in evaluation.benchmarks
        for method in evaluation.methods
    ]


def _rows(evaluation: Evaluation, means: Summaries) -> list[list[str]]:
    """The header and a row per protocol and method."""
    rows = [["protocol", "method", *evaluation.benchmarks]]
    for protocol in evaluation.protocols:
        for method in evaluation.methods:
            cells = []
            for benchmark in evaluation.benchmarks:
                found = [means.get((protocol.name, benchmark, method.name, f)) for f in evaluation.figures]
                short = _is_incomplete(evaluation, protocol.name, benchmark, method.name)
                figures = (number(s.mean, f) for s, f in zip(found, evaluation.figures, strict=True) if s)
                cells.append(" / ".join(figures) + "*" * short if all(found) else "-")
            rows.append([protocol.name, method.name, *cells])
    return rows


def _figure_names(evaluation: Evaluation) -> str:
    """What the numbers of a cell are, in order."""
    return f"x{evaluation.scale}: " + " / ".join(_label(figure) for figure in evaluation.figures)


def _is_incomplete(evaluation: Evaluation, protocol: str, benchmark: str, method: str) -> bool:
    whole = sum(o.benchmark == benchmark for o in evaluation.originals)
    return 0 < len(evaluation.select(protocol, benchmark, method)) < whole


def _incomplete(evaluation: Evaluation) -> list[str]:
    if any(_is_incomplete(evaluation, *cell) for cell in _cells(evaluation)):
        return ["* not all images of the data set could be scored"]
    return []


def _interval(summary: Summary, figure: str) -> str:
    if math.isnan(summary.low):
        return number(summary.mean, figure)
    low, high = number(summary.low, figure), number(summary.high, figure)
    return f"{number(summary.mean, figure)} [{low}, {high}]"


def _p_cell(p_values: PValues, protocol: str, benchmark: str, figure: str, a: str, b: str) -> str:
    key = (protocol, benchmark, figure)
    p = p_values.get((*key, a, b), p_values.get((*key, b, a)))
    if p is None:
        return "-"
    text = f"{p:.2g}" if p >= 0.0001 else "<0.0001"
    return f"**{text}**" if p < SIGNIFICANT else text


def _label(figure: str) -> str:
    return LABELS.get(figure, figure)
