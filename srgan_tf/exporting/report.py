"""The report of an export: each file's size, operators, closeness to the float model, and speed."""

import dataclasses
import json
from dataclasses import dataclass

import numpy as np

from srgan_tf.inference.litert import TensorFacts
from srgan_tf.markdown import markdown_table


@dataclass(frozen=True)
class Exported:
    """A row of the report.

    Attributes:
      file: name inside the output directory.
      bytes: of the file, or of all files of a directory.
      operators: how many of each kind do the arithmetic.
      psnr: against the Keras model on real images, 8-bit RGB, decibels.
      side: LR side of the fixed input, or None for any size.
      whole: whether XNNPACK runs all of it; None where it does not apply.
      median_ms: of one run at that side on one CPU thread, milliseconds; None where it was not measured.
      sha256: of the file; empty for a directory.
      tensors: the form of input and output, "lr" and "sr"; empty for a SavedModel, whose endpoints say it.
    """

    file: str
    bytes: int
    operators: dict[str, int]
    psnr: float
    side: int | None = None
    whole: bool | None = None
    median_ms: float | None = None
    sha256: str = ""
    tensors: dict[str, TensorFacts] = dataclasses.field(default_factory=dict)


def as_json(rows: list[Exported]) -> str:
    """Returns the report for programs; an infinite PSNR (equal images) is null."""
    entries = [dataclasses.asdict(row) for row in rows]
    for entry in entries:
        entry["psnr"] = None if np.isinf(entry["psnr"]) else round(entry["psnr"], 2)
    return json.dumps(entries, indent=2) + "\n"


def as_text(rows: list[Exported]) -> str:
    """Returns the report for people: a Markdown table."""
    header = ["file", "input", "bytes", "PSNR to the float model", "XNNPACK", "1 thread", "operators"]
    cells = []
    for row in rows:
        side = f"{row.side}x{row.side}" if row.side else "any"
        closeness = "equal" if np.isinf(row.psnr) else f"{row.psnr:.1f} dB"
        whole = {None: "-", True: "whole", False: "in part"}[row.whole]
        time = "-" if row.median_ms is None else f"{row.median_ms:.0f} ms"
        kinds = ", ".join(f"{count} {kind}" for kind, count in row.operators.items())
        cells.append([row.file, side, f"{row.bytes:,}", closeness, whole, time, kinds])
    return markdown_table(header, cells) + "\n"
