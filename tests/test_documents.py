"""README, BUILD and docs/: their links lead somewhere, and their commands have the flags that they name."""

import re
import shlex

import pytest

from tests.helpers import ROOT

DOCUMENTS = [ROOT / "README.md", ROOT / "BUILD.md", *sorted((ROOT / "docs").glob("*.md"))]
COMMAND = re.compile(r"python (?:(\w+\.py)|-m ((?:srgan_tf|tools|benchmarks)[\w.]*))((?: .*)?)")


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
            subcommand = arguments[:1] if words == ("-m", "srgan_tf.opinion") else []
            key = (*words, *subcommand)
            if key not in HELP:
                HELP[key] = command(*words, *subcommand, "--help").stdout
            for flag in flags:
                assert re.search(rf"{flag}\b", HELP[key]), f"{' '.join(key)} has no {flag}"


HELP = {}
"""The text of --help by command."""
