"""Values as text: the table that is printed, the same as Markdown, one line per image as CSV."""

import csv
import io
import math
from itertools import combinations

from srgan_tf.evaluation.results import Evaluation
from srgan_tf.evaluation.statistics import SIGNIFICANT, Summary, p_value, summarize
from srgan_tf.markdown import markdown_table
from srgan_tf.published import PUBLISHED

DIGITS = {"psnr": 2, "ssim": 4}
"""Decimals of each metric in tables; 3 for others."""
LABELS = {"psnr": "PSNR", "ssim": "SSIM"}

Summaries = dict[tuple[str, str, str, str], Summary]
"""By protocol, dataset, method and metric."""
PValues = dict[tuple[str, str, str, str, str], float]
"""By protocol, dataset, metric and two methods."""


def summaries(evaluation: Evaluation) -> Summaries:
    """Returns mean and interval of every metric of every method on every dataset."""
    found = {}
    for protocol, dataset, method in _cells(evaluation):
        results = evaluation.select(protocol, dataset, method).values()
        for metric in evaluation.metrics if results else ():
            found[protocol, dataset, method, metric] = summarize([r.values[metric] for r in results])
    return found


def significance(evaluation: Evaluation) -> PValues:
    """Returns the `p_value` of every two methods, over the images of a dataset that both have."""
    found = {}
    for protocol in (p.name for p in evaluation.protocols):
        for dataset in evaluation.datasets:
            results = {m.name: evaluation.select(protocol, dataset, m.name) for m in evaluation.methods}
            for a, b in combinations(results, 2):
                images = [image for image in results[a] if image in results[b]]
                for metric in evaluation.metrics if images else ():
                    values = ([results[m][image].values[metric] for image in images] for m in (a, b))
                    found[protocol, dataset, metric, a, b] = p_value(*values)
    return found


def text_table(evaluation: Evaluation, means: Summaries) -> str:
    """Returns methods by datasets for the terminal; each line names its protocol."""
    rows = _rows(evaluation, means)
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    rule = "  ".join("-" * width for width in widths)
    whole = [_metric_names(evaluation), "", lines[0], rule, *lines[1:], *_incomplete(evaluation)]
    return "\n".join(line.rstrip() for line in whole)


def markdown_means(evaluation: Evaluation, means: Summaries) -> str:
    """Returns the same table as Markdown, and the published rows of the same datasets below it."""
    header, *rows = _rows(evaluation, means)
    text = f"{_metric_names(evaluation)}\n\n{markdown_table(header, rows)}\n"
    notes = _incomplete(evaluation)
    if notes:
        text += "\n" + "\n".join(notes) + "\n"
    sets = [b for b in evaluation.datasets if any(b in row for row in PUBLISHED.values())]
    if sets and "paper" in {p.name for p in evaluation.protocols}:
        published = [
            [name, *("{:.2f} / {:.4f}".format(*row[b]) if b in row else "-" for b in sets)]
            for name, row in PUBLISHED.items()
            if any(b in row for b in sets)
        ]
        text += "\nAs published (Ledig et al., CVPR 2017), protocol `paper`:\n\n"
        text += markdown_table(["method", *sets], published) + "\n"
    return text


def markdown_cases(evaluation: Evaluation, means: Summaries) -> str:
    """Returns methods by cases of degraded LR, a table per dataset and protocol; empty for a single case."""
    parts = []
    for dataset in evaluation.datasets:
        for rules in dict.fromkeys(p.rules for p in evaluation.protocols):
            protocols = [p for p in evaluation.protocols if p.rules == rules]
            rows = [
                [m.name, *(_cell(evaluation, means, p.name, dataset, m.name) for p in protocols)]
                for m in evaluation.methods
            ]
            if len(protocols) > 1:
                parts.append(f"### {dataset}, protocol `{rules}`\n\n{_metric_names(evaluation)}\n")
                parts.append(markdown_table(["method", *(p.case.name for p in protocols)], rows) + "\n")
    return "\n".join(parts)


def markdown_intervals(evaluation: Evaluation, means: Summaries) -> str:
    """Returns every mean with its bootstrap interval."""
    header = ["protocol", "dataset", "method", "images", *(_label(f) for f in evaluation.metrics)]
    rows = []
    for protocol, dataset, method in _cells(evaluation):
        cells = [means.get((protocol, dataset, method, metric)) for metric in evaluation.metrics]
        if all(cells):
            texts = [_interval(s, metric) for s, metric in zip(cells, evaluation.metrics, strict=True)]
            rows.append([protocol, dataset, method, str(cells[0].count), *texts])
    return markdown_table(header, rows) + "\n"


def markdown_significance(evaluation: Evaluation, p_values: PValues) -> str:
    """Returns a matrix of p-values per protocol, dataset and metric; those below 0.05 are bold."""
    names = [m.name for m in evaluation.methods]
    parts = []
    for protocol in (p.name for p in evaluation.protocols):
        for dataset in evaluation.datasets:
            for metric in evaluation.metrics:
                rows = [
                    [a, *(_p_cell(p_values, protocol, dataset, metric, a, b) for b in names)] for a in names
                ]
                parts.append(f"### {_label(metric)}, {dataset}, protocol `{protocol}`\n")
                parts.append(markdown_table(["", *names], rows) + "\n")
    return "\n".join(parts)


def csv_table(evaluation: Evaluation) -> str:
    """Returns a line per protocol, method and image, with every digit."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["protocol", "data_set", "image", "method", *evaluation.metrics])
    for r in evaluation.results:
        values = [r.values[name] for name in evaluation.metrics]
        writer.writerow([r.protocol, r.dataset, r.image, r.method, *values])
    return text.getvalue()


def number(value: float, metric: str) -> str:
    """Returns a value in a table's digits; "inf" where it is infinite."""
    return "inf" if math.isinf(value) else f"{value:.{DIGITS.get(metric, 3)}f}"


def _cells(evaluation: Evaluation) -> list[tuple[str, str, str]]:
    return [
        (protocol.name, dataset, method.name)
        for protocol in evaluation.protocols
        for dataset in evaluation.datasets
        for method in evaluation.methods
    ]


def _rows(evaluation: Evaluation, means: Summaries) -> list[list[str]]:
    """The header and a row per protocol and method."""
    rows = [["protocol", "method", *evaluation.datasets]]
    for protocol in evaluation.protocols:
        for method in evaluation.methods:
            cells = [_cell(evaluation, means, protocol.name, b, method.name) for b in evaluation.datasets]
            rows.append([protocol.name, method.name, *cells])
    return rows


def _cell(evaluation: Evaluation, means: Summaries, protocol: str, dataset: str, method: str) -> str:
    """The means of a method, in the order of the metrics."""
    found = [means.get((protocol, dataset, method, f)) for f in evaluation.metrics]
    short = _is_incomplete(evaluation, protocol, dataset, method)
    values = (number(s.mean, f) for s, f in zip(found, evaluation.metrics, strict=True) if s)
    return " / ".join(values) + "*" * short if all(found) else "-"


def _metric_names(evaluation: Evaluation) -> str:
    """The names of the numbers in a cell, in order."""
    return f"x{evaluation.scale}: " + " / ".join(_label(metric) for metric in evaluation.metrics)


def _is_incomplete(evaluation: Evaluation, protocol: str, dataset: str, method: str) -> bool:
    whole = sum(o.dataset == dataset for o in evaluation.references)
    return 0 < len(evaluation.select(protocol, dataset, method)) < whole


def _incomplete(evaluation: Evaluation) -> list[str]:
    if any(_is_incomplete(evaluation, *cell) for cell in _cells(evaluation)):
        return ["* not all images of the dataset could be evaluated"]
    return []


def _interval(summary: Summary, metric: str) -> str:
    if math.isnan(summary.low):
        return number(summary.mean, metric)
    low, high = number(summary.low, metric), number(summary.high, metric)
    return f"{number(summary.mean, metric)} [{low}, {high}]"


def _p_cell(p_values: PValues, protocol: str, dataset: str, metric: str, a: str, b: str) -> str:
    key = (protocol, dataset, metric)
    p = p_values.get((*key, a, b), p_values.get((*key, b, a)))
    if p is None:
        return "-"
    text = f"{p:.2g}" if p >= 0.0001 else "<0.0001"
    return f"**{text}**" if p < SIGNIFICANT else text


def _label(metric: str) -> str:
    return LABELS.get(metric, metric)
