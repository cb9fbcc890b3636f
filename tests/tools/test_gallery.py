"""The page of the released models."""

from tools.gallery import section

CARD = {
    "name": "mine",
    "variant": "SRResNet-MSE",
    "generator": {"blocks": 2},
    "figures": {"paper": {"Set5": {"psnr": 30.123, "ssim": 0.87654}}},
    "steps": 1234,
    "hours": 0.5,
    "hardware": "a desk",
    "commit": "abc",
    "command": "python train.py",
    "data": "d",
    "terms": "t",
}


def test_a_section_holds_the_card_and_the_published_figures_beside_it():
    text = section(CARD, 1000, 12)
    assert "| mine, `paper` | 30.12 / 0.8765 | - | - |" in text
    assert "| SRResNet as published, `paper` | 32.05 / 0.9019 | 28.49 / 0.8184 | 27.58 / 0.7620 |" in text
    assert "32.08 / 0.8939" in text
    assert "1,234 steps in 0.5 hours on a desk, program at commit abc" in text
    assert "    python train.py\n" in text


def test_earlier_commands_and_notes_are_said():
    text = section({**CARD, "before": ["python train.py --steps=1"], "note": "A substitute."}, 1, 1)
    assert text.index("--steps=1") < text.index("    python train.py\n")
    assert "A substitute." in text
