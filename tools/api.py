"""Writes docs/api.md, the library's functions, from their docstrings: python -m tools.api docs/api.md."""

import inspect
import re
from pathlib import Path
from typing import Any

import srgan_tf
from srgan_tf.command_line import CommandLine, run_command
from srgan_tf.files import write_text

ABOUT = """\
Writes the document of the library's functions, made from their docstrings:

  python -m tools.api docs/api.md"""

INTRODUCTION = """\
# Library

`pip install .`, then `import srgan_tf`. `srgan_tf.__version__` is the version. Each function does what the
command of its name does: [upscaling](upscaling.md), [training](training.md), [evaluation](evaluation.md),
[export](export.md).

"""
NOTE = "\nThis document is made from the docstrings by `python -m tools.api docs/api.md`.\n"
SECTIONS = ("Args", "Returns", "Raises")


def main() -> None:
    """Reads the command line and writes the document."""
    (path,) = CommandLine(ABOUT, "FILE").parse()
    write_text(Path(path), document())


def document() -> str:
    """Returns the document, Markdown."""
    public = [getattr(srgan_tf, name) for name in srgan_tf.__all__]
    functions = sorted((each for each in public if inspect.isfunction(each)), key=_place)
    exceptions = [each for each in public if inspect.isclass(each)]
    parts = [_function(each) for each in functions]
    parts.append("## Exceptions\n\n" + "\n".join(map(_exception, exceptions)) + "\n")
    return INTRODUCTION + "\n".join(parts) + NOTE


def _place(function: Any) -> int:
    return inspect.getsourcelines(function)[1]


def _function(function: Any) -> str:
    signature = inspect.signature(function)
    plain = [each.replace(annotation=inspect.Parameter.empty) for each in signature.parameters.values()]
    call = f"{function.__name__}{inspect.Signature(plain)}"
    lines = [f"## {function.__name__}", "", f"    srgan_tf.{call}", ""]
    section = ""
    for line in inspect.getdoc(function).splitlines():
        name = line.removesuffix(":")
        if name in SECTIONS:
            section = name
            lines += [f"**{name}**", ""]
        elif item := re.match(r"  (\S+): (.*)", line) if section in ("Args", "Raises") else None:
            lines.append(f"- `{item[1].replace('*', '')}`: {item[2]}")
        else:
            lines.append(line[2:] if section else line)
    return "\n".join(lines) + "\n"


def _exception(exception: type) -> str:
    first = inspect.getdoc(exception).splitlines()[0]
    return f"- `srgan_tf.{exception.__name__}`: {first}"


def run() -> None:
    """Runs the command as a process of its own."""
    run_command(main, tensorflow=False)


if __name__ == "__main__":
    run()
