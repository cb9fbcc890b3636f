"""Table 2 and Figure 2."""

import shutil
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


def test_a_page_says_what_it_lacks_and_the_command_fails(call, tmp_path, small_set, networks):
    shutil.copytree(small_set, tmp_path / "sets")
    (tmp_path / "sets/Set5/bad.png").write_bytes(b"no image")
    given = ",".join(f"{name}={networks[0]}" for name in ("SRCNN", "DRCN", "ESPCN", "SRResNet", "SRGAN"))
    flags = ("--benchmarks=sets", f"--models={given}", "--out=page", "--report=report")
    assert call(main, *flags) == 1
    assert "\n- Not in the tables: Set5: Set5/bad.png: " in Path("page/methods.md").read_text(
        encoding="utf-8"
    )
    (tmp_path / "sets/Set5/bad.png").unlink()
    assert call(main, *flags) == 0
    assert "Not in the tables" not in Path("page/methods.md").read_text(encoding="utf-8")


def test_wrong_use_is_one_line_and_writes_nothing(call, tmp_path, small_set):
    with pytest.raises(UsageError, match=r"--models: bicubic is no network of this experiment: SRCNN, DRCN"):
        call(main, f"--benchmarks={small_set}", "--models=bicubic=srgan")
    (tmp_path / "photo.keras").write_bytes(b"no weights")
    with pytest.raises(UsageError, match=r"--models: SRGAN=photo.keras: .*photo.keras"):
        call(main, f"--benchmarks={small_set}", "--models=SRGAN=photo.keras")
    (tmp_path / "photo.keras").unlink()
    with pytest.raises(UsageError, match=r"--models: 'none' is not NAME=WEIGHTS"):
        call(main, f"--benchmarks={small_set}", "--models=none")
    with pytest.raises(UsageError, match=r"absent"):
        call(main, "--benchmarks=absent")
    assert not list(tmp_path.iterdir())
