"""Table 2 and Figure 2."""

from pathlib import Path

import pytest

from experiments.methods import main
from srgan_tf.errors import UsageError


def test_nine_methods_stand_beside_the_published_figures(call, small_set, networks):
    given = f"--models=DRCN={networks[0]},ESPCN={networks[1]},SRResNet={networks[0]},SRGAN={networks[1]}"
    call(main, f"--benchmarks={small_set}", given, "--out=page")
    text = Path("page/methods.md").read_text(encoding="utf-8").split("### Set5")[1].split("## ")[0]
    rows = {line.split(" | ")[0][2:]: line for line in text.splitlines() if line.startswith("| ")}
    assert "(30.07)" in rows["SRCNN"]
    assert "(2.65)" in rows["SelfExSR"]
    assert "inf (inf)" in rows["HR"]
    assert float(rows["SelfExSR"].split(" | ")[1].split(" ")[0]) > float(
        rows["nearest"].split(" | ")[1].split(" ")[0]
    )
    assert Path("page/methods_crops.jpg").is_file()


def test_wrong_use_is_one_line_and_writes_nothing(call, tmp_path, small_set):
    with pytest.raises(UsageError, match=r"--models: bicubic is no network of this experiment: SRCNN, DRCN"):
        call(main, f"--benchmarks={small_set}", "--models=bicubic=srgan")
    with pytest.raises(UsageError, match=r"absent"):
        call(main, "--benchmarks=absent")
    assert not list(tmp_path.iterdir())
