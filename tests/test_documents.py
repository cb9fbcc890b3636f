"""README, BUILD and docs/: their links lead somewhere, and their commands have the flags that they name."""

import re
import shlex
import shutil
import subprocess

import pytest

from tests.helpers import ROOT

DOCUMENTS = [ROOT / "README.md", ROOT / "BUILD.md", *sorted((ROOT / "docs").rglob("*.md"))]
COMMAND = re.compile(r"python (?:(\w+\.py)|-m ((?:srgan_tf|experiments|tools|benchmarks)[\w.]*))((?: .*)?)")


def anchors(text):
    """The anchors that GitHub gives the headings of a document."""
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document):
    text = document.read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)\s]+)\)", text) if not link.startswith("http")]
    for link in links:
        name, _, anchor = link.partition("#")
        target = document.parent / name if name else document
        assert target.is_file(), link
        if anchor:
            assert anchor in anchors(target.read_text(encoding="utf-8")), link


def test_the_front_page_and_the_building_plan_are_short():
    for document in DOCUMENTS[:2]:
        assert len(document.read_text(encoding="utf-8").splitlines()) <= 150, document.name


def test_there_is_one_way_of_pip():
    files = [*DOCUMENTS, ROOT / "Makefile", *(ROOT / "srgan_tf").rglob("*.py")]
    assert not [file for file in files if "pip install -e" in file.read_text(encoding="utf-8")]


@pytest.mark.skipif(shutil.which("make") is None, reason="there is no make")
def test_the_demo_installs_what_a_gpu_needs_where_it_is_asked_to(tmp_path):
    def installed(*values):
        done = subprocess.run(
            ["make", "-n", "demo", f"VENV={tmp_path}", *values], cwd=ROOT, capture_output=True, text=True
        )
        return next(line for line in done.stdout.splitlines() if "pip install" in line)

    cuda = "'tensorflow[and-cuda]>=2.21,<2.22'"
    assert cuda in (ROOT / "README.md").read_text(encoding="utf-8")
    assert installed("GPU=1").endswith(f"-r requirements.txt {cuda}")
    assert installed().endswith("-r requirements.txt ")


def commands():
    """Every command of the project in an indented block, by the words that start it."""
    found = {}
    for document in DOCUMENTS:
        text = document.read_text(encoding="utf-8").replace("\\\n", " ")
        for line in re.findall(r"^    (.*)$", text, re.MULTILINE):
            for script, module, rest in COMMAND.findall(line):
                found.setdefault((script,) if script else ("-m", module), []).append(rest.strip())
    return found


def test_the_documents_name_flags_that_exist(command):
    found = commands()
    assert {("train.py",), ("upscale.py",), ("evaluate.py",), ("export.py",)} <= set(found)
    for words, lines in found.items():
        for rest in lines:
            arguments = shlex.split(rest, comments=True)
            flags = {argument.split("=")[0] for argument in arguments if argument.startswith("--")}
            if not flags or words == ("-m", "benchmarks.serving"):
                continue
            subcommand = arguments[:1] if words[-1] in GROUPS else []
            key = (*words, *subcommand)
            if key not in HELP:
                HELP[key] = command(*words, *subcommand, "--help").stdout
            for flag in flags:
                assert re.search(rf"{flag}\b", HELP[key]), f"{' '.join(key)} has no {flag}"


GROUPS = ("srgan_tf.opinion", "srgan_tf.cluster", "srgan_tf.data.degradation")
"""Commands with subcommands."""

HELP = {}
"""The text of --help by command."""
