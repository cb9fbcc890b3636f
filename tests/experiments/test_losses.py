"""Table 1 and Figure 6 from networks that are given, and the values of those that are not."""

from pathlib import Path

import pytest

from experiments import losses
from experiments.losses import RELEASED, VARIANTS, main
from srgan_tf.errors import UsageError
from srgan_tf.images import read_rgb
from srgan_tf.new_config import new_config

ALL = ",".join(f"{name}=srgan" for name in VARIANTS)


def test_five_networks_stand_beside_the_published_figures(call, small_set, networks):
    models = ",".join(f"{name}={networks[i % 2]}" for i, name in enumerate(VARIANTS))
    flags = (f"--benchmarks={small_set}", f"--models={models}", "--vgg_weights=", "--out=page", "--runs=runs")
    call(main, *flags)
    text = Path("page/losses.md").read_text(encoding="utf-8")
    row = next(
        line for line in text.splitlines() if line.startswith("| SRResNet-VGG22 | ") and "(30.51)" in line
    )
    assert "(0.8803)" in row
    assert "(3.46)" in row
    measured = float(row.split("|")[2].split("(")[0])
    assert 0 < measured < 60
    hr = next(line for line in text.splitlines() if line.startswith("| HR | inf (inf)"))
    assert "1.0000 (1.0000)" in hr
    assert f"    python -m experiments.losses --benchmarks={small_set.name}" in text
    crops = read_rgb(Path("page/losses_crops.jpg"))
    assert crops.shape[1] > 7 * 48 * 3
    first = Path("page/losses.md").read_bytes()
    call(main, *flags)
    assert Path("page/losses.md").read_bytes() == first


@pytest.mark.parametrize("preset", ["short", "paper"])
@pytest.mark.parametrize("name", VARIANTS)
def test_every_variant_is_a_run_that_train_py_takes(monkeypatch, preset, name):
    given = {"preset": preset, "data": "sample", "vgg_weights": "imagenet", "vgg22_weights": None}
    planned = losses._planned(name, given, "srresnet-even")
    config = new_config(dict(planned.values))
    assert (config.phase, config.content_loss) == (VARIANTS[name].phase, VARIANTS[name].content_loss)
    assert config.variant.startswith(name.removesuffix("-MSE").removesuffix("-VGG54"))
    assert config.init_from == ("" if name == "SRResNet-MSE" else "srresnet-even")
    if preset == "paper":
        assert config.adversarial_weight == 1e-3
        assert config.consistency_weight == 0
        assert config.tv_weight == (2e-8 if name == "SRResNet-VGG22" else 0)


def test_what_is_released_is_taken_by_the_short_schedule():
    from experiments.networks import given_networks

    assert set(given_networks(RELEASED, tuple(VARIANTS))) == {"SRResNet-MSE", "SRGAN-VGG22", "SRGAN-VGG54"}


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ([], r"--data is missing: it trains SRResNet-VGG22, SRGAN-MSE"),
        (["--preset=paper"], r"--data is missing: it trains SRResNet-MSE, SRResNet-VGG22"),
        (["--models=SRGAN=srgan"], r"--models: SRGAN is no network of this experiment: SRResNet-MSE,"),
        (["--models=SRGAN-MSE"], r"--models: 'SRGAN-MSE' is not NAME=WEIGHTS"),
        (["--models=SRGAN-MSE=srgan,SRGAN-MSE=srgan"], r"--models: SRGAN-MSE is given twice"),
        (["--models=SRGAN-MSE=runs/absent"], r"runs/absent: no such run, weights file or released model"),
        (["--models=nonesense"], r"--models: 'nonesense' is not NAME=WEIGHTS"),
        (["--study=absent"], r"absent"),
        (["--runs={}/Set5/photo0.png", "--data=sample"], r"--runs=.*photo0.png is a file"),
        (["--data=sample", "--vgg_weights=absent.keras"], r"absent.keras"),
        (["--data=sample", "--vgg_weights=", "--vgg22_weights=absent.keras"], r"absent.keras"),
        ([f"--models={ALL}", "--data=sample"], r"--data has no effect: --models gives every network"),
        ([f"--models={ALL}", "--preset=paper"], r"--preset has no effect: --models gives every network"),
        ([f"--models={ALL}", "--vgg22_weights=a.h5"], r"--vgg22_weights has no effect: --models gives"),
        (["--out={}/Set5/photo0.png"], r"--out=.*photo0.png is a file; give a directory"),
    ],
)
def test_wrong_use_is_one_line_and_writes_nothing(call, tmp_path, small_set, flags, message):
    with pytest.raises(UsageError, match=message):
        call(main, f"--benchmarks={small_set}", *(flag.format(small_set) for flag in flags))
    assert not list(tmp_path.iterdir())
