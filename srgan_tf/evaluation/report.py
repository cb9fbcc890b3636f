"""The report's folder: tables, figures by image, significance, and a page that shows the pictures."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from srgan_tf.evaluation.comparison import busiest_window
from srgan_tf.evaluation.results import Evaluation
from srgan_tf.evaluation.sr_pictures import original_picture
from srgan_tf.evaluation.statistics import SIGNIFICANT
from srgan_tf.evaluation.tables import (
    DIGITS,
    LABELS,
    PValues,
    Summaries,
    csv_table,
    markdown_intervals,
    markdown_means,
    markdown_significance,
)
from srgan_tf.files import write_text

PAGE = Path(__file__).parent / "page"
CROP = 48
"""Side of the enlarged crops on the page, pixels."""


def write_report(
    evaluation: Evaluation, means: Summaries, p_values: PValues, problems: list[str], folder: Path
) -> None:
    """Writes table.md, per_image.csv, figures.json and index.html beside the pictures already there.

    Args:
      evaluation: what was measured.
      means: its summaries.
      p_values: its significance.
      problems: a line for everything that could not be scored.
      folder: the report's folder.
    """
    write_text(folder / "table.md", _markdown_report(evaluation, means, p_values, problems))
    write_text(folder / "per_image.csv", csv_table(evaluation))
    figures = _figures(evaluation, means, p_values, problems)
    write_text(folder / "figures.json", json.dumps(figures, indent=1) + "\n")
    write_text(folder / "index.html", page(figures, _pictures(evaluation, folder)))


def page(figures: dict[str, Any], pictures: list[dict[str, Any]]) -> str:
    """The page, with its style, its program and its data inside; only the pictures are files beside it.

    Args:
      figures: what figures.json holds.
      pictures: for each image its size, crop and the path of every method's picture.
    """
    data = json.dumps({**figures, "pictures": pictures}).replace("<", "\\u003c")
    style, program = ((PAGE / name).read_text(encoding="utf-8") for name in ("page.css", "page.js"))
    text = (PAGE / "page.html").read_text(encoding="utf-8")
    for mark, content in (("STYLE", style), ("PROGRAM", program), ("DATA", data)):
        text = text.replace(f"{{{{{mark}}}}}", content, 1)
    return text


def _figures(
    evaluation: Evaluation, means: Summaries, p_values: PValues, problems: list[str]
) -> dict[str, Any]:
    """Everything that was measured, as strict JSON: infinite values as "inf", absent ones as null."""
    return {
        "scale": evaluation.scale,
        "border": evaluation.scale,
        "protocols": [p.name for p in evaluation.protocols],
        "data_sets": list(evaluation.benchmarks),
        "methods": [{"name": m.name, "about": m.about} for m in evaluation.methods],
        "figures": [
            {"name": f, "label": LABELS.get(f, f), "digits": DIGITS.get(f, 3)} for f in evaluation.figures
        ],
        "means": [
            {
                "protocol": protocol,
                "data_set": benchmark,
                "method": method,
                "figure": figure,
                "mean": _json_number(s.mean),
                "low": _json_number(s.low),
                "high": _json_number(s.high),
                "images": s.count,
            }
            for (protocol, benchmark, method, figure), s in means.items()
        ],
        "significance": [
            {"protocol": protocol, "data_set": benchmark, "figure": figure, "methods": [a, b], "p": p}
            for (protocol, benchmark, figure, a, b), p in p_values.items()
        ],
        "significant_below": SIGNIFICANT,
        "images": [
            {
                "protocol": r.protocol,
                "data_set": r.benchmark,
                "image": r.image,
                "method": r.method,
                "picture": r.picture,
                **{name: _json_number(value) for name, value in r.figures.items()},
            }
            for r in evaluation.results
        ],
        "notes": evaluation.notes,
        "problems": problems,
    }


def _pictures(evaluation: Evaluation, folder: Path) -> list[dict[str, Any]]:
    """Size and most detailed crop of each original."""
    entries = []
    for original in evaluation.originals:
        path = original_picture(original)
        with Image.open(folder / path) as image:
            picture = np.asarray(image)
        height, width = picture.shape[:2]
        window = busiest_window(picture, CROP)
        entries.append(
            {
                "data_set": original.benchmark,
                "image": original.name,
                "picture": path,
                "size": [width, height],
                "crop": [window.left, window.top],
            }
        )
    return entries


def _markdown_report(evaluation: Evaluation, means: Summaries, p_values: PValues, problems: list[str]) -> str:
    sets = ", ".join(
        f"{b} ({sum(o.benchmark == b for o in evaluation.originals)} images)" for b in evaluation.benchmarks
    )
    methods = "\n".join(f"- {m.name}: {m.about}" for m in evaluation.methods)
    named = "".join(f"- {line}\n" for line in [*evaluation.notes, *problems])
    left_out = f"\n## Left out\n\n{named}" if named else ""
    return f"""# {sets}

{markdown_means(evaluation, means)}
A border of {evaluation.scale} pixels is not counted. Protocol `paper`: LR by Pillow, dithered BT.709 luma,
SSIM with a window that grows with the picture, as the tables of Ledig et al. were computed. Protocol
`community`: LR as by MATLAB's `imresize`, BT.601 Y, SSIM of Wang et al. 2004. Figures of different protocols
do not compare.

## Methods

{methods}
{left_out}
## Means over images with 95 % bootstrap intervals

{markdown_intervals(evaluation, means)}
## Significance

Two-sided paired Wilcoxon signed-rank tests over images; p-values below {SIGNIFICANT} are bold. They are not
corrected for the number of tests. With five images no p-value can be below 0.0625.

{markdown_significance(evaluation, p_values)}"""


def _json_number(value: float) -> float | str | None:
    if math.isnan(value):
        return None
    return "inf" if math.isinf(value) else value
