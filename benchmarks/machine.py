"""The circumstances of a figure: processor, versions, day."""

import datetime
import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

FLAGS = ("avx2", "avx512f", "avx512_bf16", "amx_bf16")
"""Those that decide how fast convolutions are, in Linux' names."""


def flags() -> list[str]:
    """Returns the `FLAGS` that this processor has; none where that cannot be told."""
    return [flag for flag in FLAGS if flag in _cpuinfo().get("flags", "").split()]


def circumstances() -> str:
    """Returns day, processor, cores, versions and how busy the machine is, in one line."""
    facts = _cpuinfo()
    day = datetime.date.today()
    processor = facts.get("model name", platform.processor())
    if "cpu family" in facts:
        processor += f" (family {facts['cpu family']} model {facts['model']})"
    packages = [f"{name} {found}" for name in ("tensorflow", "keras") if (found := installed(name))]
    return "; ".join(
        [
            f"{day.day} {day:%B %Y}",
            f"{processor}, {os.cpu_count()} cores, {' '.join(flags()) or 'flags unknown'}",
            ", ".join([*packages, f"Python {platform.python_version()}"]),
            f"load {os.getloadavg()[0]:.1f} at the start",
        ]
    )


def installed(package: str) -> str:
    """Returns a package's version, or nothing; TensorFlow's wheel for CPUs counts as TensorFlow."""
    for name in (package, f"{package}-cpu"):
        try:
            return version(name)
        except PackageNotFoundError:
            pass
    return ""


def _cpuinfo() -> dict[str, str]:
    path = Path("/proc/cpuinfo")
    if not path.exists():
        return {}
    lines = (line.split(":", 1) for line in path.read_text().splitlines() if ":" in line)
    return {key.strip(): value.strip() for key, value in lines}
