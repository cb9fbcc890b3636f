"""README's table of the released models, from their cards, with the published figures below them."""

import re
from collections.abc import Iterable
from typing import Any

from srgan_tf.markdown import markdown_table
from srgan_tf.published import PUBLISHED

SETS = ("Set5", "Set14", "BSD100")
START, END = "<!-- python -m tools.gallery docs -->\n", "<!-- the end of the models -->\n"
"""Lines of README around the table."""

PUBLISHED_ROWS = {
    "the authors' SRResNet": ("SRResNet", "authors-srresnet"),
    "the authors' SRGAN": ("SRGAN", "authors-srgan"),
    "DRCN, in the paper's table": ("DRCN", ""),
    "ESPCN, in the paper's table": ("ESPCN", ""),
    "SRCNN, in the paper's table": ("SRCNN", ""),
    "bicubic, in the paper's table": ("bicubic", "bicubic"),
    "ground truth": ("", "ground-truth"),
}
"""Rows below the models: the name in `PUBLISHED`, for PSNR and SSIM, and the one in tools/references.json,
for NIQE and the feature distance."""

SIZES = {"filters": "channels", "recursions": "recursions"}
"""Values of a baseline's config that say its size, and their units."""


def is_feature_distance(figure: str) -> bool:
    """Returns whether the name of a figure is that of a feature distance in `evaluate.py`."""
    return figure.startswith(("features(", "l_VGG"))


def network_text(generator: dict[str, Any], parameters: int) -> str:
    """Returns a network in a few words.

    Args:
      generator: its config, as on the card.
      parameters: their number.
    """
    if "model" in generator:
        size = "".join(f", {generator[part]} {unit}" for part, unit in SIZES.items() if part in generator)
        return f"{generator['model'].upper()}{size}; {parameters:,} parameters"
    direct = ", direct upsampler" if generator["upsampling"] == "direct" else ""
    skips = "" if generator.get("skip_connections", True) else ", no skip connections"
    channels = f"{generator['filters']} channels"
    return f"B = {generator['blocks']}, {channels}{direct}{skips}; {parameters:,} parameters"


def duration(hours: float) -> str:
    """Returns hours in a few words, as minutes below two hours."""
    return f"{hours:.1f} hours" if hours >= 2 else f"{60 * hours:.0f} minutes"


def of_sets(figures: dict[str, dict[str, float]], name: str, digits: int) -> str:
    """Returns a figure of each dataset, "-" where there is none, or nothing where no dataset has it."""
    shown = [f"{figures[s][name]:.{digits}f}" if name in figures.get(s, {}) else "-" for s in SETS]
    return " / ".join(shown) if set(shown) != {"-"} else ""


def cells(figures: dict[str, dict[str, float]]) -> list[str]:
    """Returns PSNR / SSIM of each dataset, then NIQE and the feature distance of all.

    Args:
      figures: of protocol `paper`, by dataset and figure.
    """
    pairs = []
    for dataset in SETS:
        of = figures.get(dataset, {})
        pairs.append(f"{of['psnr']:.2f} / {of['ssim']:.4f}".replace(" 0.", " .") if "psnr" in of else "")
    distance = next((n for of in figures.values() for n in of if is_feature_distance(n)), "")
    return [*pairs, of_sets(figures, "NIQE", 2), of_sets(figures, distance, 3)]


def model_table(cards: Iterable[dict[str, Any]], parameters: dict[str, int], measured: dict[str, Any]) -> str:
    """Returns the table.

    Args:
      cards: of the models, in order.
      parameters: their number by name.
      measured: figures of what is no model of ours, by the name in tools/references.json, protocol, dataset
        and figure.
    """
    rows = []
    for card in cards:
        start = re.search(r"--init_from=(\S+)", card["runs"][0]["command"])
        begun = f" from `{start[1]}`" if start else ""
        trained = f"{card['variant']}; {card['steps']:,} steps{begun}, {duration(card['hours'])}"
        network = network_text(card["generator"], parameters[card["name"]])
        rows.append([f"`{card['name']}`", network, trained, *cells(card["figures"]["paper"])])
        for form, figures in card.get("forms", {}).items():
            rows.append([f"the same, {form}", "", "", *cells(figures["paper"])])
    for title, (published, name) in PUBLISHED_ROWS.items():
        figures: dict[str, dict[str, float]] = {}
        for dataset in SETS:
            known = measured.get(name, {}).get("paper", {}).get(dataset, {})
            figures[dataset] = {n: v for n, v in known.items() if n == "NIQE" or is_feature_distance(n)}
        for dataset, (psnr, ssim) in PUBLISHED.get(published, {}).items():
            figures[dataset] |= {"psnr": psnr, "ssim": ssim}
        rows.append([title, "", "", *cells(figures)])
    header = ["name", "network", "training on two CPU cores", *SETS, "NIQE", "features"]
    return markdown_table(header, rows)


def with_table(readme: str, table: str) -> str:
    """Returns README's text with the table in its place.

    Raises:
      ValueError: the lines around it are missing.
    """
    before, start, rest = readme.partition(START)
    _, end, after = rest.partition(END)
    if not start or not end:
        raise ValueError(f"README has no lines {START.strip()} and {END.strip()}")
    return f"{before}{START}\n{table}\n\n{END}{after}"
