"""The report's folder: tables, values by image, significance, and a page that shows the images."""

import json
import math
from pathlib import Path
from typing import Any

from srgan_tf.data.degradation.cases import CLEAN
from srgan_tf.evaluation.results import Evaluation, Reference
from srgan_tf.evaluation.statistics import SIGNIFICANT
from srgan_tf.evaluation.tables import (
    DIGITS,
    LABELS,
    PValues,
    Summaries,
    csv_table,
    markdown_cases,
    markdown_intervals,
    markdown_means,
    markdown_significance,
)
from srgan_tf.files import write_text

PAGE = Path(__file__).parent / "page"


def write_report(
    evaluation: Evaluation, means: Summaries, p_values: PValues, problems: list[str], folder: Path
) -> None:
    """Writes table.md, per_image.csv, figures.json and index.html beside the images already there.

    Args:
      evaluation: its results.
      means: its summaries.
      p_values: its significance.
      problems: a line for everything that could not be evaluated.
      folder: the report's folder.
    """
    write_text(folder / "table.md", _markdown_report(evaluation, means, p_values, problems))
    write_text(folder / "per_image.csv", csv_table(evaluation))
    figures = _figures(evaluation, means, p_values, problems)
    write_text(folder / "figures.json", json.dumps(figures, indent=1) + "\n")
    write_text(folder / "index.html", page(figures, evaluation.references))


def page(figures: dict[str, Any], references: tuple[Reference, ...]) -> str:
    """Returns the page, with its style, its program and its data inside; only the images are files beside it.

    Args:
      figures: the content of figures.json.
      references: the HR images.
    """
    images = [
        {"data_set": r.dataset, "image": r.name, "file": r.file, "size": r.size, "crop": r.detail}
        for r in references
    ]
    data = json.dumps({**figures, "references": images}).replace("<", "\\u003c")
    style, program = ((PAGE / name).read_text(encoding="utf-8") for name in ("page.css", "page.js"))
    text = (PAGE / "page.html").read_text(encoding="utf-8")
    for mark, content in (("STYLE", style), ("PROGRAM", program), ("DATA", data)):
        text = text.replace(f"{{{{{mark}}}}}", content, 1)
    return text


def _figures(
    evaluation: Evaluation, means: Summaries, p_values: PValues, problems: list[str]
) -> dict[str, Any]:
    """Everything that was evaluated, as strict JSON: infinite values as "inf", absent ones as null."""
    return {
        "scale": evaluation.scale,
        "border": evaluation.scale,
        "protocols": [p.name for p in evaluation.protocols],
        "degradations": [
            {"protocol": p.name, "rules": p.rules, "case": p.case.name, "about": p.case.about}
            for p in evaluation.protocols
        ],
        "data_sets": list(evaluation.datasets),
        "methods": [{"name": m.name, "about": m.about} for m in evaluation.methods],
        "figures": [
            {"name": m, "label": LABELS.get(m, m), "digits": DIGITS.get(m, 3)} for m in evaluation.metrics
        ],
        "means": [
            {
                "protocol": protocol,
                "data_set": dataset,
                "method": method,
                "figure": metric,
                "mean": _json_number(s.mean),
                "low": _json_number(s.low),
                "high": _json_number(s.high),
                "images": s.count,
            }
            for (protocol, dataset, method, metric), s in means.items()
        ],
        "significance": [
            {"protocol": protocol, "data_set": dataset, "figure": metric, "methods": [a, b], "p": p}
            for (protocol, dataset, metric, a, b), p in p_values.items()
        ],
        "significant_below": SIGNIFICANT,
        "images": [
            {
                "protocol": r.protocol,
                "data_set": r.dataset,
                "image": r.image,
                "method": r.method,
                "picture": r.file,
                **{name: _json_number(value) for name, value in r.values.items()},
            }
            for r in evaluation.results
        ],
        "notes": list(evaluation.notes),
        "problems": problems,
    }


def _markdown_report(evaluation: Evaluation, means: Summaries, p_values: PValues, problems: list[str]) -> str:
    sets = ", ".join(
        f"{b} ({sum(o.dataset == b for o in evaluation.references)} images)" for b in evaluation.datasets
    )
    methods = "\n".join(f"- {m.name}: {m.about}" for m in evaluation.methods)
    named = "".join(f"- {line}\n" for line in [*evaluation.notes, *problems])
    left_out = f"\n## Left out\n\n{named}" if named else ""
    by_case = markdown_cases(evaluation, means)
    by_case = f"\n## By case\n\n{by_case}" if by_case else ""
    return f"""# {sets}

{markdown_means(evaluation, means)}
A border of {evaluation.scale} pixels is not counted. Protocol `paper`: LR by Pillow, dithered BT.709 luma,
SSIM with a window that grows with the image, as the tables of Ledig et al. were computed. Protocol
`community`: LR as by MATLAB's `imresize`, BT.601 Y, SSIM of Wang et al. 2004. Values of different protocols
do not compare. Networks run as they are, with zeros around an image; `upscale.py` mirrors images there.
{_degradations(evaluation)}{by_case}
## Methods

{methods}
{left_out}
## Means over images with 95 % bootstrap intervals

{markdown_intervals(evaluation, means)}
## Significance

Two-sided paired Wilcoxon signed-rank tests over images; p-values below {SIGNIFICANT} are bold. They are not
corrected for the number of tests. With five images no p-value can be below 0.0625.

{markdown_significance(evaluation, p_values)}"""


def _degradations(evaluation: Evaluation) -> str:
    """The cases other than the clean one, as a list with a sentence before it."""
    cases = dict.fromkeys(p.case for p in evaluation.protocols if p.case != CLEAN)
    if not cases:
        return ""
    lines = "\n".join(f"- {case.name}: {case.about}" for case in cases)
    return f"\nBehind the + of a protocol stands what LR went through besides, with fixed seeds:\n\n{lines}\n"


def _json_number(value: float) -> float | str | None:
    if math.isnan(value):
        return None
    return "inf" if math.isinf(value) else value
