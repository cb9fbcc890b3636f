"""The page of the released models."""

from srgan_tf.models.weights import card, names
from tools.gallery import published_name, section

CARD = {
    "name": "mine",
    "variant": "SRResNet-MSE",
    "generator": {"blocks": 2},
    "figures": {"paper": {"Set5": {"psnr": 30.123, "ssim": 0.87654}}},
    "runs": [{"name": "mine", "command": "python train.py", "steps": 1234, "hours": 0.5, "commit": "abc"}],
    "steps": 1234,
    "hours": 0.5,
    "hardware": "a desk",
    "data": "d",
    "data_terms": "t",
    "terms": "Apache-2.0",
}


def test_a_section_holds_the_card_and_the_published_figures_beside_it():
    text = section(CARD, 1000, 12)
    assert "| mine, `paper` | 30.12 / 0.8765 | - | - |" in text
    assert "| SRResNet as published, `paper` | 32.05 / 0.9019 | 28.49 / 0.8184 | 27.58 / 0.7620 |" in text
    assert "32.08 / 0.8939" in text
    assert "1,234 steps in 0.5 hours on a desk.\n" in text
    assert "`mine`: 1,234 steps in 0.5 hours, program at commit abc." in text
    assert "Terms of the data: t.\n\nTerms of the weights: Apache-2.0." in text
    assert "    python train.py\n" in text


def test_every_run_stands_in_order_with_its_note():
    first = {"name": "FIRST", "command": "python train.py --steps=9", "steps": 4, "hours": 1, "commit": "c"}
    runs = [{**first, "note": "Stopped."}, *CARD["runs"]]
    text = section({**CARD, "runs": runs, "note": "A substitute."}, 1, 1)
    assert (
        "`FIRST`: 4 steps in 1 hours, program at commit c. Stopped.\n\n    python train.py --steps=9\n"
        in text
    )
    assert text.index("--steps=9") < text.index("    python train.py\n")
    assert "A substitute." in text


def test_a_variant_is_compared_with_the_published_model_it_stands_for():
    variants = {name: published_name(card(name)["variant"]) for name in names()}
    assert variants["srgan"] == variants["srgan-mobile"] == "SRGAN"
    assert variants["srgan-vgg22"] == "SRGAN-VGG22"
    assert variants["srresnet"] == "SRResNet"
    assert variants["drcn"] == "DRCN"
