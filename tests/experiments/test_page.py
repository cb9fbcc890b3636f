"""What all experiments share: the page that replaces nothing of the user's, the command line on it, stops."""

import os
import signal
import sys

import pytest

from experiments.command import check_ready, run_experiment, typed
from experiments.page import sealed, write_page
from srgan_tf.errors import UsageError


def written(folder, body="table"):
    return write_page(folder, "depth", "Depth", "A study.", "python -m experiments.depth", ["steps"], body)


def test_a_page_that_nobody_changed_is_replaced(tmp_path):
    assert check_ready(str(tmp_path), "depth", "depth.png") == tmp_path
    page = written(tmp_path)
    (tmp_path / "depth.png").write_bytes(b"plot")
    check_ready(str(tmp_path), "depth", "depth.png")
    before = page.read_text(encoding="utf-8")
    assert before.startswith("# Depth\n\nA study.\n\n    python -m experiments.depth\n")
    assert sealed(before.rpartition("\n<!-- ")[0], "depth") == before


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (lambda page: page.write_text("my notes"), "depth.md"),
        (lambda page: page.write_text(page.read_text().replace("table", "my table")), "depth.md"),
        (lambda page: page.write_text(page.read_text() + "\nMy remark.\n"), "depth.md"),
        (lambda page: (page.unlink(), page.mkdir()), "depth.md"),
        (lambda page: (page.unlink(), page.with_name("depth.png").write_bytes(b"mine")), "depth.png"),
        (lambda page: page.with_name("depth.png").mkdir(), "depth.png"),
    ],
)
def test_what_no_experiment_has_written_is_not_replaced(tmp_path, change, place):
    change(written(tmp_path))
    with pytest.raises(
        UsageError, match=rf"{place} would be replaced, .* move it away, or give another --out"
    ):
        check_ready(str(tmp_path), "depth", "depth.png")


def test_a_page_is_no_image_of_a_dataset(tmp_path):
    for out in (tmp_path, tmp_path / "Set5" / "page"):
        with pytest.raises(UsageError, match=r"is inside --benchmarks=.* give another"):
            check_ready(str(out), "depth", benchmarks=str(tmp_path))
    check_ready(str(tmp_path / "page"), "depth", benchmarks=str(tmp_path / "benchmarks"))


def test_folders_of_a_machine_do_not_reach_the_page(monkeypatch):
    words = [
        "--benchmarks=/data/sets",
        "--models=SRGAN=/runs/mine,DRCN=~/runs/a b",
        "--out",
        "/x/y",
        "--runs=a/b",
    ]
    monkeypatch.setattr(sys, "argv", ["experiment", *words])
    found = typed("methods")
    assert found == (
        "python -m experiments.methods --benchmarks=sets '--models=SRGAN=mine,DRCN=a b' --out y --runs=a/b"
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_is_one_line(number, capsys):
    with pytest.raises(SystemExit) as end:
        run_experiment(lambda: os.kill(os.getpid(), number))
    assert end.value.code == 128 + number
    assert capsys.readouterr().err == "stopped; the same command goes on where it was\n"
