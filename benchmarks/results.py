"""RESULTS.md: a section per benchmark, each replaced as a whole when it is measured again."""

import re
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path

from srgan_tf.files import write_text

RESULTS = Path(__file__).parent / "RESULTS.md"

HEAD = """\
# Measured

Written by `make bench`; `python -m benchmarks.run NAME...` measures some sections again. Every ratio is
between two ways timed in turns in one run: the median over the rounds, the smallest and the largest round,
and how many; below 1 is faster. A goal is a ratio to reach. The goals were set for a processor with AMX.
"""

_MARK = re.compile(r"^<!-- (\w+) -->\n", re.MULTILINE)


def read(path: Path = RESULTS) -> dict[str, str]:
    """Returns the sections that are there, by name."""
    if not path.exists():
        return {}
    _, *parts = _MARK.split(path.read_text(encoding="utf-8"))
    return {name: text.strip() for name, text in zip(parts[::2], parts[1::2], strict=True)}


def replace(name: str, text: str, order: tuple[str, ...], path: Path = RESULTS) -> None:
    """Writes one section; the others stay as they are.

    Args:
      name: of the section.
      text: Markdown, heading included.
      order: names of all sections, as they are to stand; others that are there go.
      path: the file.
    """
    sections = {**read(path), name: text.strip()}
    parts = [f"<!-- {each} -->\n{sections[each]}\n" for each in order if each in sections]
    write_text(path, "\n".join([HEAD, *parts]))


def show(measure: Callable[[], str]) -> None:
    """Prints the section of a benchmark, and on stderr all that it prints meanwhile."""
    with redirect_stdout(sys.stderr):
        text = measure()
    print(text)
