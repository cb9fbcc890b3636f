"""What was exported: each file's size, operators, closeness to the float model, and speed."""

import dataclasses
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from srgan_tf.data.ranges import uint8_from_sr
from srgan_tf.errors import WorkError
from srgan_tf.markdown import markdown_table
from srgan_tf.metrics.score import psnr

LEAST_PSNR = 30.0
"""Decibels below which a file is not the model any more."""


@dataclass(frozen=True)
class Exported:
    """A row of the report.

    Attributes:
      file: name inside the output directory.
      bytes: of the file, or of all files of a directory.
      operators: how many of each kind do the arithmetic.
      psnr: against the Keras model on real photographs, 8-bit RGB, decibels.
      side: LR side of the fixed input, or None for any size.
      whole: whether XNNPACK runs all of it; None where it does not apply.
      median_ms: of one run at that side on one CPU thread, milliseconds; None where it was not measured.
      sha256: of the file; empty for a directory.
      tensors: how input and output are stored.
    """

    file: str
    bytes: int
    operators: dict[str, int]
    psnr: float
    side: int | None = None
    whole: bool | None = None
    median_ms: float | None = None
    sha256: str = ""
    tensors: dict[str, Any] = dataclasses.field(default_factory=dict)


def parity(name: str, outputs: list[np.ndarray], expected: list[np.ndarray]) -> float:
    """How close a file's results are to the model's.

    Args:
      name: of the file, for messages.
      outputs: its SR batches, float32, nominally in [-1, 1].
      expected: the Keras model's.

    Returns:
      PSNR of the 8-bit RGB pictures in decibels, over all of them together.

    Raises:
      WorkError: a value is not finite, or the PSNR is below `LEAST_PSNR`.
    """
    for sr in outputs:
        if not np.isfinite(sr).all():
            raise WorkError(f"{name}: it answers a photograph with NaN or infinity; it was not kept")
    ours, theirs = (
        np.concatenate([uint8_from_sr(sr).ravel() for sr in batches]) for batches in (outputs, expected)
    )
    closeness = psnr(ours, theirs)
    if closeness < LEAST_PSNR:
        raise WorkError(
            f"{name}: {closeness:.1f} dB against the float model, expected {LEAST_PSNR:.0f} dB or more; it "
            "was not kept. More, or more varied, photographs in --calibration may help"
        )
    return closeness


def sha256(path: Path) -> str:
    """Checksum of a file, hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def as_json(rows: list[Exported]) -> str:
    """The report for programs; an infinite PSNR (equal pictures) is null."""
    entries = [dataclasses.asdict(row) for row in rows]
    for entry in entries:
        entry["psnr"] = None if np.isinf(entry["psnr"]) else round(entry["psnr"], 2)
    return json.dumps(entries, indent=2) + "\n"


def as_text(rows: list[Exported]) -> str:
    """The report for people: a Markdown table."""
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
