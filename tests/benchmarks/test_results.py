import subprocess
import sys

import pytest

from benchmarks import run
from benchmarks.results import HEAD, read, replace

ORDER = ("first", "second", "third")


def test_a_section_is_replaced_and_the_others_stay(tmp_path):
    path = tmp_path / "RESULTS.md"
    for name in ("third", "first"):
        replace(name, f"## {name}\n\nold\n", ORDER, path)
    replace("first", "## first\n\nnew, with <!-- a comment -->\n", ORDER, path)
    assert read(path) == {"first": "## first\n\nnew, with <!-- a comment -->", "third": "## third\n\nold"}
    text = path.read_text()
    assert text.startswith(HEAD)
    assert text.index("## first") < text.index("## third")
    assert "old" not in text[: text.index("## third")]


def test_a_section_that_is_no_more_goes(tmp_path):
    path = tmp_path / "RESULTS.md"
    replace("gone", "## gone", ("gone",), path)
    replace("first", "## first", ORDER, path)
    assert read(path) == {"first": "## first"}


def test_there_is_nothing_before_the_first_time(tmp_path):
    assert read(tmp_path / "RESULTS.md") == {}


@pytest.fixture
def results(tmp_path, monkeypatch):
    monkeypatch.setattr(run, "RESULTS", tmp_path / "RESULTS.md")
    return tmp_path / "RESULTS.md"


def test_a_section_that_fails_leaves_its_old_text(results, monkeypatch):
    replace("metrics", "## Metrics\n\nold", tuple(run.SECTIONS), results)
    monkeypatch.setattr(sys, "executable", "false")
    assert not run.measure("metrics")
    assert read(results) == {"metrics": "## Metrics\n\nold"}


def test_what_a_section_prints_is_written(results, monkeypatch, tmp_path):
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho '| what' $2 'gives |'\n")
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    assert run.measure("metrics")
    heading, circumstances, body = read(results)["metrics"].split("\n\n")
    assert heading == "## Metrics: `python -m benchmarks.run metrics`"
    assert "cores" in circumstances
    assert body == "| what benchmarks.metrics gives |"


def test_an_unknown_section_is_named(command):
    done = command("-m", "benchmarks.run", "inferrence")
    assert done.returncode == 2
    assert "inferrence: no such section; expected some of training_step" in done.stderr


@pytest.mark.parametrize("name", run.SECTIONS)
def test_every_section_is_a_module(name):
    found = subprocess.run(
        [sys.executable, "-c", f"import importlib.util as i; assert i.find_spec('benchmarks.{name}')"]
    )
    assert found.returncode == 0
