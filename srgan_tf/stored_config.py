"""The config of a run as its file, and what flags may say of a run that has one."""

import dataclasses
import json
from pathlib import Path
from typing import Any

from srgan_tf.config import RunConfig, validate
from srgan_tf.errors import UsageError
from srgan_tf.files import write_text


def save_config(config: RunConfig, path: Path) -> None:
    """Writes a config as JSON, complete or not at all."""
    write_text(path, json.dumps(dataclasses.asdict(config), indent=2) + "\n")


def load_config(path: Path) -> RunConfig:
    """Reads the config of a run.

    Raises:
      UsageError: the file is not a config of this program.
    """
    if not path.exists():
        raise UsageError(f"{path}: no such run; train.py --run_dir makes one")
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        config = RunConfig(**values)
    except (OSError, ValueError, TypeError) as error:
        raise UsageError(f"{path}: not a run's config ({error}); give another --run_dir") from error
    validate(config)
    return config


def resumed_config(path: Path, given: dict[str, Any]) -> RunConfig:
    """The config a run was started with; flags may repeat it but not contradict it.

    Raises:
      UsageError: naming the flag and both values.
    """
    config = load_config(path)
    for name, value in given.items():
        if getattr(config, name) != value:
            raise UsageError(
                f"--{name}={value} contradicts {path}, which says {name}={getattr(config, name)}; "
                "leave the flag out to resume that run, or give another --run_dir"
            )
    return config
