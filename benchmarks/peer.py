"""Other libraries, each in an environment and a process of its own, that take turns with ours."""

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from srgan_tf.errors import WorkError

SCRIPTS = Path(__file__).parent / "peers"
ENVIRONMENTS = Path(__file__).parent / ".peers"


@dataclass(frozen=True)
class Peer:
    """A process that has prepared its work and waits for its turns.

    Attributes:
      process: `peers/NAME.py` in its environment.
      facts: what it said of itself: version, form, and what else its script tells.
      said: the file that its stderr goes to.
    """

    process: subprocess.Popen
    facts: dict[str, Any]
    said: TextIO

    def seconds(self) -> float:
        """One turn: how long its work takes, measured in its own process.

        Raises:
          WorkError: the process ended.
        """
        with suppress(BrokenPipeError):  # what it said explains more
            self.process.stdin.write("\n")
            self.process.stdin.flush()
        return float(_answer(self.process, self.said))


@contextmanager
def peer(name: str, *arguments: str) -> Iterator[Peer]:
    """Starts a peer, and ends it after the block.

    Args:
      name: of its script in `peers/`; its packages stand beside it in NAME.txt.
      arguments: of the script.

    Raises:
      WorkError: its environment cannot be installed, or its preparation failed.
    """
    python = environment(name)
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(
            [python, SCRIPTS / f"{name}.py", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=said,
            text=True,
        )
        with process:
            try:
                yield Peer(process, json.loads(_answer(process, said)), said)
            finally:
                process.kill()


def environment(name: str, root: Path = ENVIRONMENTS) -> Path:
    """Returns the Python of a peer's environment, made anew where there is none or its packages changed.

    Raises:
      WorkError: it cannot be installed.
    """
    wanted = (SCRIPTS / f"{name}.txt").read_text()
    folder = root / name
    python, stamp = folder / "bin" / "python", folder / "requirements.txt"
    if stamp.exists() and stamp.read_text() == wanted:
        return python
    print(f"installing {name} into {folder}", file=sys.stderr)
    shutil.rmtree(folder, ignore_errors=True)
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--retries=1"]
    for command in (
        [sys.executable, "-m", "venv", folder],
        [*pip, "-r", SCRIPTS / f"{name}.txt"],
    ):
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            reason = (done.stderr.strip() or done.stdout.strip() or "no message").splitlines()[-1]
            raise WorkError(f"its environment cannot be installed: {reason}")
    stamp.write_text(wanted)
    return python


def _answer(process: subprocess.Popen, said: TextIO) -> str:
    line = process.stdout.readline()
    if not line:
        code = process.wait()
        said.seek(0)
        lines = said.read().strip().splitlines()
        raise WorkError(lines[-1] if lines else f"ended with exit code {code}")
    return line
