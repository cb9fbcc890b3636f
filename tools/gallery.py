"""`python -m tools.gallery docs`: the page of the released models, from their weights and cards."""

import json
import re
import tempfile
from pathlib import Path
from typing import Any

from srgan_tf.command_line import CommandLine, run_command
from srgan_tf.files import write_text
from srgan_tf.markdown import markdown_table
from tools.demo import evaluated, sample_images
from tools.model_table import SETS, is_feature_distance, model_table, with_table
from tools.rescore import REFERENCES

PHOTOGRAPHS = ("chelsea.png", "astronaut.png", "coffee.png")
"""Of scikit-image; no released model was trained on them."""
WINDOW = 128
ORDER = (
    *("srresnet", "srresnet-even", "srgan", "srgan-vgg22", "srresnet-photo", "srgan-photo"),
    *("srresnet-mobile", "srgan-mobile", "srgan-photo-mobile", "espcn", "srcnn", "drcn"),
)
"""Of README's table; other models follow."""
README = Path(__file__).parent.parent / "README.md"
INTRO = """\
# Released models

`--model=NAME` of upscale.py, `--weights=NAME` of export.py, `srgan_tf.load("NAME")`: the weights are part
of the package, and their checksum is verified when they are loaded. They upscale by four. PSNR in dB /
SSIM, measured with `python evaluate.py --benchmarks=DIR --methods=NAME`; [evaluation.md](evaluation.md)
explains the protocols. NIQE is measured with the packaged parameters: the lower, the more natural. The
rows of features(NAME) are distances of the features that NAME.keras computes: the lower, the closer to the
ground truth. In the images stand PSNR and SSIM of the whole photograph, protocol `paper`.
`python -m tools.gallery docs` writes this page and README's table.
"""


def published_name(variant: str) -> str:
    """Returns the name, in the published tables, of the model that a variant is compared with."""
    if variant.startswith("SRGAN (VGG22"):
        return "SRGAN-VGG22"
    if variant.startswith("SRGAN (") or "distilled from srgan" in variant:
        return "SRGAN"
    return "SRResNet" if variant.startswith("SRResNet-MSE") else re.split(r",| \(", variant)[0]


def table(card: dict[str, Any]) -> str:
    """Returns the figures of a model under both protocols, and what the authors published."""
    from srgan_tf.published import AUTHORS_IMAGES, PUBLISHED

    name = published_name(card["variant"])
    rows = [
        (f"{card['name']}, `{protocol}`", {s: (f["psnr"], f["ssim"]) for s, f in figures.items()})
        for protocol, figures in sorted(card["figures"].items(), reverse=True)
    ]
    rows.append((f"{name} as published, `paper`", PUBLISHED.get(name, {})))
    rows.append((f"{name}, the authors' images, `community`", AUTHORS_IMAGES.get(name, {})))
    rows_of_text = []
    for title, figures in rows:
        if figures:
            shown = ("{:.2f} / {:.4f}".format(*figures[s]) if s in figures else "-" for s in SETS)
            rows_of_text.append([title, *shown])
    paper = card["figures"]["paper"]
    others = dict.fromkeys(n for of in paper.values() for n in of if n == "NIQE" or is_feature_distance(n))
    for figure in others:
        shown = (f"{paper[s][figure]:.3f}" if figure in paper.get(s, {}) else "-" for s in SETS)
        rows_of_text.append([f"{card['name']}, {figure}", *shown])
    return markdown_table(["", *SETS], rows_of_text)


def section(card: dict[str, Any], parameters: int, kilobytes: int) -> str:
    """Returns the section of one model: what it is, how it was made, its values and its image."""
    network = ", ".join(f"{name} {value}" for name, value in card["generator"].items())
    runs = [
        f"`{run['name']}`: {run['steps']:,} steps in {run['hours']} hours, program at commit {run['commit']}."
        + (f" {run['note']}" if "note" in run else "")
        + f"\n\n    {run['command']}"
        for run in card["runs"]
    ]
    lines = [
        f"## {card['name']}",
        f"{card['variant']}: {network}; {parameters:,} parameters, {kilobytes:,} KB.",
        *([card["note"]] if "note" in card else []),
        f"![crops of {card['name']}](models/{card['name']}.jpg)",
        table(card),
        f"{card['steps']:,} steps in {card['hours']} hours on {card['hardware']}."
        + (
            " The runs in order; each is called by the name that the later ones use:" if len(runs) > 1 else ""
        ),
        *runs,
        f"Data: {card['data']}. Terms of the data: {card['data_terms']}.",
        f"Terms of the weights: {card['terms']}.",
    ]
    return "\n\n".join(lines) + "\n"


def main() -> None:
    """Writes models.md, an image for each model, and README's table."""
    about = "Writes models.md, an image of each released model, and README's table of models."
    (place,) = CommandLine(about, "FOLDER").parse()
    from srgan_tf.evaluation.comparison import draw
    from srgan_tf.models.weights import RELEASED, card, load, names

    folder = Path(place)
    sections, parameters = [], {}
    with tempfile.TemporaryDirectory() as report:
        images = sample_images(PHOTOGRAPHS, "photographs")
        evaluation = evaluated(images, ",".join(("nearest", "bicubic", *names())), Path(report))
        for name in names():
            path = folder / "models" / f"{name}.jpg"
            draw(evaluation, Path(report), path, methods=("nearest", "bicubic", name), window=WINDOW)
            size = (RELEASED / f"{name}.npz").stat().st_size
            parameters[name] = load(name).count_params()
            sections.append(section(card(name), parameters[name], round(size / 1000)))
        draw(
            evaluation,
            Path(report),
            folder / "released.png",
            methods=("nearest", "bicubic", *(name for name in ("srresnet", "srgan") if name in names())),
            images=tuple(Path(name).stem for name in PHOTOGRAPHS[:2]),
            window=WINDOW,
        )
    with tempfile.TemporaryDirectory() as report:
        shown = tuple(name for name in ("srgan", "srgan-photo") if name in names())
        draw(
            evaluated(images, ",".join(("nearest", "bicubic", *shown)), Path(report), "phone"),
            Path(report),
            folder / "photographs.png",
            methods=("nearest", "bicubic", *shown),
            images=tuple(Path(name).stem for name in PHOTOGRAPHS[:2]),
            window=WINDOW,
        )
    write_text(folder / "models.md", "\n".join([INTRO, *sections]))
    measured = json.loads(REFERENCES.read_text(encoding="utf-8"))
    order = sorted(names(), key=lambda name: ORDER.index(name) if name in ORDER else len(ORDER))
    models = model_table(map(card, order), parameters, measured)
    write_text(README, with_table(README.read_text(encoding="utf-8"), models))
    drawn = f"{folder}/released.png, {folder}/photographs.png"
    print(f"{folder}/models.md, {drawn} and {len(sections)} images in {folder}/models")


if __name__ == "__main__":
    run_command(main)
