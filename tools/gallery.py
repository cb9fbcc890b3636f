"""`python -m tools.gallery docs`: the page of the released models, from their weights and cards."""

from pathlib import Path
from typing import Any

from srgan_tf.command_line import CommandLine, run_command
from srgan_tf.files import write_text
from srgan_tf.markdown import markdown_table

PHOTOGRAPHS = ("chelsea.png", "astronaut.png", "coffee.png")
"""Of scikit-image; no released model was trained on them."""
WINDOW = 128
PUBLISHED_NAME = {
    "SRResNet-MSE": "SRResNet",
    "SRGAN-VGG54": "SRGAN",
    "SRResNet-MSE, distilled from srgan": "SRGAN",
}
SETS = ("Set5", "Set14", "BSD100")
INTRO = """\
# Released models

`--model=NAME` of upscale.py, `--weights=NAME` of export.py, `srgan_tf.load("NAME")`: the weights are part of
the package, and their checksum is verified when they are loaded. Enlargement is by four. PSNR in dB / SSIM,
measured with `python evaluate.py --benchmarks=DIR --methods=NAME`; the README explains the protocols. In the
pictures the figures are PSNR and SSIM on Y of the whole photograph, protocol `community`. Written by
`python -m tools.gallery docs`.
"""


def photographs() -> list[tuple[Any, Any]]:
    """Pairs of LR and HR, uint8."""
    import numpy as np
    import skimage
    from PIL import Image

    from srgan_tf.data.degradation import crop_to_multiple, downscale

    pairs = []
    for name in PHOTOGRAPHS:
        with Image.open(Path(skimage.__file__).parent / "data" / name) as image:
            hr = crop_to_multiple(np.asarray(image.convert("RGB")), 4)
        pairs.append((downscale(hr, 4, "pillow"), hr))
    return pairs


def table(card: dict[str, Any]) -> str:
    """Figures of a model under both protocols, and what the authors published."""
    from srgan_tf.evaluation.published import AUTHORS_PICTURES, PUBLISHED

    name = PUBLISHED_NAME.get(card["variant"], card["variant"])
    rows = [
        (f"{card['name']}, `{protocol}`", {s: (f["psnr"], f["ssim"]) for s, f in figures.items()})
        for protocol, figures in sorted(card["figures"].items(), reverse=True)
    ]
    rows.append((f"{name} as published, `paper`", PUBLISHED.get(name, {})))
    rows.append((f"{name}, the authors' pictures, `community`", AUTHORS_PICTURES.get(name, {})))
    cells = []
    for title, figures in rows:
        if figures:
            shown = ("{:.2f} / {:.4f}".format(*figures[s]) if s in figures else "-" for s in SETS)
            cells.append([title, *shown])
    return markdown_table(["", *SETS], cells)


def section(card: dict[str, Any], parameters: int, kilobytes: int) -> str:
    """One model: what it is, how it was made, what it reaches and what it looks like."""
    network = ", ".join(f"{name} {value}" for name, value in card["generator"].items())
    commands = "\n".join(f"    {command}" for command in (*card.get("before", []), card["command"]))
    lines = [
        f"## {card['name']}",
        f"{card['variant']}: {network}; {parameters:,} parameters, {kilobytes:,} KB.",
        *([card["note"]] if "note" in card else []),
        f"![crops of {card['name']}](models/{card['name']}.jpg)",
        table(card),
        f"{card['steps']:,} steps in {card['hours']} hours on {card['hardware']}, program at commit "
        f"{card['commit']}:",
        commands,
        f"Data: {card['data']}. Terms of the data: {card['terms']}.",
    ]
    return "\n\n".join(lines) + "\n"


def main() -> None:
    """Writes models.md and a picture for each model."""
    (place,) = CommandLine("Writes models.md, and an image of each released model.", "FOLDER").parse()
    from srgan_tf.evaluation.trained import compare, interpolations
    from srgan_tf.inference.whole import upscale_whole
    from srgan_tf.models.weights import RELEASED, card, load, names

    folder = Path(place)
    ways = interpolations(4, "pillow")
    shown = {"low resolution": ways["nearest"], "bicubic": ways["bicubic"]}
    pairs, sections = photographs(), []
    for name in names():
        model = load(name)
        shown[name] = upscale_whole(model)
        only = {way: shown[way] for way in ("low resolution", "bicubic", name)}
        compare(only, pairs, 4, folder / "models" / f"{name}.jpg", WINDOW)
        size = (RELEASED / f"{name}.npz").stat().st_size
        sections.append(section(card(name), model.count_params(), round(size / 1000)))
    first = [way for way in ("low resolution", "bicubic", "srresnet", "srgan") if way in shown]
    compare({way: shown[way] for way in first}, pairs[:2], 4, folder / "released.png", WINDOW)
    write_text(folder / "models.md", "\n".join([INTRO, *sections]))
    print(f"{folder}/models.md, {folder}/released.png and {len(sections)} pictures in {folder}/models")


if __name__ == "__main__":
    run_command(main)
