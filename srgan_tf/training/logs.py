"""What a run tells: a progress line, metrics.csv and TensorBoard."""

import csv
import sys
from pathlib import Path

import tensorflow as tf
from tqdm import tqdm

from srgan_tf.files import write_text


class MetricsLog:
    """One row per logged step, in a CSV and in TensorBoard.

    Args:
      csv_path: the CSV; rows after `start_step`, left by an interrupted run, are dropped.
      logs: directory of TensorBoard's files.
      columns: names of the values; "step" stands before them. Empty cells are values not measured then.
      start_step: updates done so far.
    """

    def __init__(self, csv_path: Path, logs: Path, columns: list[str], start_step: int) -> None:
        self.columns = ["step", *columns]
        kept = [",".join(self.columns)]
        if csv_path.exists():
            rows = csv_path.read_text(encoding="utf-8").splitlines()[1:]
            kept += [r for r in rows if r.endswith(tuple("0123456789,")) and _step(r) <= start_step]
        write_text(csv_path, "\n".join(kept) + "\n")
        self._csv = csv_path.open("a", newline="", encoding="utf-8")
        self._writer = csv.DictWriter(self._csv, self.columns)
        self._board = tf.summary.create_file_writer(str(logs))

    def write(self, step: int, values: dict[str, float]) -> None:
        """Adds a row; it is on disk when this returns."""
        self._writer.writerow({"step": step, **{k: f"{v:.7g}" for k, v in values.items()}})
        self._csv.flush()
        with self._board.as_default(step=step):
            for name, value in values.items():
                tf.summary.scalar(name, value)

    def picture(self, step: int, name: str, picture: tf.Tensor) -> None:
        """Shows a uint8 (H, W, 3) picture in TensorBoard."""
        with self._board.as_default(step=step):
            tf.summary.image(name, picture[None])

    def close(self) -> None:
        """Ends both files."""
        self._csv.close()
        self._board.close()


def _step(row: str) -> int:
    head = row.split(",", 1)[0]
    return int(head) if head.isdigit() else sys.maxsize


class ProgressLine:
    """Steps done, rate and time left: a moving line in a terminal, plain lines elsewhere.

    Args:
      name: what is trained.
      start: steps done so far.
      steps: steps in all.
      batch_size: images per step.
    """

    def __init__(self, name: str, start: int, steps: int, batch_size: int) -> None:
        self._batch_size = batch_size
        self._moving = sys.stderr.isatty()
        self._bar = tqdm(
            desc=name,
            total=steps,
            initial=start,
            unit="step",
            disable=None,
            dynamic_ncols=True,
            smoothing=0.05,
        )

    def advance(self) -> None:
        """One more step is done."""
        self._bar.update()

    def show(self, step: int, steps: int, rate: float, values: dict[str, float]) -> None:
        """Tells the values of a logged step; `rate` is in steps/s."""
        left = tqdm.format_interval((steps - step) / rate) if rate else "?"
        numbers = ", ".join(f"{k} {v:.4g}" for k, v in values.items())
        if self._moving:
            self._bar.set_postfix_str(f"{rate * self._batch_size:.0f} images/s, {numbers}")
        else:
            self.note(
                f"step {step}/{steps}: {numbers} "
                f"[{rate:.3g} steps/s, {rate * self._batch_size:.3g} images/s, {left} left]"
            )

    def note(self, text: str) -> None:
        """A line that stays."""
        tqdm.write(text, file=sys.stderr)

    def close(self) -> None:
        """Ends the moving line."""
        self._bar.close()
