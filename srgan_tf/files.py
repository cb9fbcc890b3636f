"""Files that appear complete or not at all, and their digests; whether a directory can be written to."""

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from srgan_tf.errors import UsageError


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yields a path beside `path` to write to, and moves it over `path` when the block ends well.

    The temporary path keeps the suffix, since many writers choose their format by it. On any error it is
    removed and `path` is as it was. It may be written as a file or made as a directory; a directory takes
    the place of an existing directory.

    Args:
      path: the final path; its parent is made if need be.

    Yields:
      A path in the same directory that does not exist yet.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.stem}.{os.getpid()}.partial{path.suffix}")
    try:
        yield beside
        if beside.is_dir() and path.exists():
            shutil.rmtree(path)
        beside.replace(path)
    finally:
        if beside.is_dir():
            shutil.rmtree(beside)
        else:
            beside.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Writes a small text file, complete or not at all (UTF-8)."""
    with replacing(path) as beside:
        beside.write_text(text, encoding="utf-8")


def check_writable(directory: Path, flag: str = "") -> None:
    """Checks, writing nothing, that a directory can be made and written to.

    Args:
      directory: it need not exist.
      flag: the flag that names it, for messages; empty where none does.

    Raises:
      UsageError: it is a file, the file system is read-only, or permissions forbid it.
    """
    named = f"--{flag}={directory}" if flag else str(directory)
    existing = directory
    while not existing.exists() and existing != existing.parent:
        existing = existing.parent
    if not existing.is_dir():
        raise UsageError(f"{named}: {existing} is a file; give a directory")
    if not os.access(existing, os.W_OK | os.X_OK):
        raise UsageError(f"{named}: no permission to write to {existing}; give another directory")


def sha256_of(path: Path) -> str:
    """Returns the sha256 of a file's content, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
