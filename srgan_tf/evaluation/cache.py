"""What was computed before, kept by content: names, dates and places of files do not count."""

import hashlib
import json
from pathlib import Path
from typing import Any

from srgan_tf.files import write_text

VERSION = 1
"""Part of every key; raise it when a change to the program changes pictures or figures."""


def digest(*parts: object) -> str:
    """A key made of the parts' text."""
    return hashlib.sha256(json.dumps([VERSION, *map(str, parts)]).encode()).hexdigest()


def file_digest(path: Path) -> str | None:
    """A key made of a file's bytes; None if there is no such file."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return None


def load_cache(path: Path) -> dict[str, Any]:
    """What `save_cache` wrote; nothing if the file is absent or damaged."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return values if isinstance(values, dict) else {}


def save_cache(values: dict[str, Any], path: Path) -> None:
    """Writes values by `digest` as JSON, complete or not at all."""
    write_text(path, json.dumps(values))
