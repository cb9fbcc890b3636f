"""README's table of models, and figures that are measured anew."""

import json

import pytest

from srgan_tf.errors import UsageError
from tools.model_table import END, START, model_table, network_text, with_table
from tools.rescore import measured, merged

DISTANCE = "features(substitute)"
CARD = {
    "name": "mine",
    "variant": "SRResNet-MSE",
    "generator": {"blocks": 2, "filters": 8, "upsampling": "direct"},
    "figures": {"paper": {"Set5": {"psnr": 30.126, "ssim": 0.87654, "NIQE": 4.128, DISTANCE: 0.0126}}},
    "forms": {"full int8 TFLite": {"paper": {"Set14": {"psnr": 27.0, "ssim": 0.8}}}},
    "runs": [{"command": "python train.py --init_from=theirs --steps=9"}],
    "steps": 1234,
    "hours": 0.5,
}


def test_the_table_holds_the_card_its_forms_and_the_published_figures():
    references = {"authors-srgan": {"paper": {"Set5": {"psnr": 29.4, "NIQE": 5.25, DISTANCE: 0.031}}}}
    lines = model_table([CARD], {"mine": 4321}, references).splitlines()
    assert lines[2] == (
        "| `mine` | B = 2, 8 channels, direct upsampler; 4,321 parameters | SRResNet-MSE; 1,234 steps "
        "from `theirs`, 30 minutes | 30.13 / .8765 | | | 4.13 / - / - | 0.013 / - / - |"
    )
    assert lines[3] == "| the same, full int8 TFLite | | | | 27.00 / .8000 | | | |"
    assert (
        "| the authors' SRGAN | | | 29.40 / .8472 | 26.02 / .7397 | 25.16 / .6688 | 5.25 / - / - "
        "| 0.031 / - / - |"
    ) in lines


def test_a_network_without_skip_connections_says_so():
    generator = {"blocks": 2, "filters": 8, "upsampling": "progressive", "skip_connections": False}
    assert network_text(generator, 4321) == "B = 2, 8 channels, no skip connections; 4,321 parameters"


def test_a_baseline_says_its_size():
    sized = {"model": "drcn", "scale": 4, "filters": 96, "recursions": 9}
    assert network_text(sized, 1234) == "DRCN, 96 channels, 9 recursions; 1,234 parameters"
    assert network_text({"model": "espcn", "scale": 4}, 1234) == "ESPCN; 1,234 parameters"


def test_the_table_stands_between_its_lines():
    readme = f"before\n{START}old\n{END}after\n"
    assert with_table(readme, "| new |") == f"before\n{START}\n| new |\n\n{END}after\n"
    with pytest.raises(ValueError, match="README has no lines"):
        with_table("before", "| new |")


def test_figures_are_by_method_and_old_ones_stay(tmp_path):
    path = tmp_path / "figures.json"
    mean = {"protocol": "paper", "data_set": "Set5", "method": "a", "figure": "NIQE", "mean": 4.00004}
    path.write_text(json.dumps({"means": [mean, {**mean, "figure": "psnr", "mean": "inf"}]}))
    found = measured(path)
    assert found == {"a": {"paper": {"Set5": {"NIQE": 4.0}}}}
    old = {"paper": {"Set5": {"psnr": 30.0, "NIQE": 5.0}, "Set14": {"psnr": 27.0}}, "community": {}}
    assert merged(old, found["a"]) == {
        "paper": {"Set5": {"psnr": 30.0, "NIQE": 4.0}, "Set14": {"psnr": 27.0}},
        "community": {},
    }
    path.write_text("[]")
    with pytest.raises(UsageError, match=r"no figures\.json"):
        measured(path)
