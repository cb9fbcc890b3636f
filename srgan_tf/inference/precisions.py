"""The precision that upscaling takes: a table with reasons, no trial at run time.

| processor | model | auto takes | because (processor time, float32 = 1, two cores of an AMD EPYC 9004) |
|---|---|---|---|
| GPU that multiplies bfloat16 | any | bfloat16 | its tensor cores have twice the rate |
| other GPU | any | float32 | |
| CPU | of `MEASURED` with `FLOOR` dB in int8, LiteRT installed | int8 | 0.44, and TensorFlow is not started |
| CPU that multiplies bfloat16 | any other | bfloat16 | 0.56 |
| other CPU | any other | float32 | bfloat16 would be emulated |

Models of others are not taken in int8 unasked, because what it costs is known of measured ones only. Nothing
here imports TensorFlow.
"""

import importlib.util
import platform
import subprocess
import sys
from functools import cache
from pathlib import Path

from srgan_tf.errors import UsageError

PRECISIONS = ("auto", "float32", "bfloat16", "int8")

FLOOR = 50.0
"""PSNR to float32, dB, that `auto` asks for: an error of 0.8 levels of 255."""

MEASURED = {
    "srgan": 47.9,
    "srgan-photo": 48.9,
    "srgan-vgg22": 48.4,
    "srresnet": 51.6,
    "srresnet-even": 50.9,
    "srresnet-photo": 51.2,
}
"""PSNR of released models in int8 to float32, dB; `python -m benchmarks.run precision`. The mobile ones are
left out: in so narrow networks the conversions cost what the convolutions gain (0.9 to 1.2 of float32)."""


def chosen(precision: str, model: str = "") -> str:
    """Returns the precision to compute in.

    Args:
      precision: one of `PRECISIONS`.
      model: a released name; any other text is a model that was not measured.

    Raises:
      UsageError: there is no such precision, or not on this machine.
    """
    if precision not in PRECISIONS:
        renamed = "; mixed_bfloat16 is called bfloat16 here" if precision.startswith("mixed") else ""
        raise UsageError(f"--precision={precision}: expected one of {', '.join(PRECISIONS)}{renamed}")
    if precision == "int8" and not has_litert():
        raise UsageError("--precision=int8 needs the LiteRT runtime: pip install '.[int8]'")
    if precision == "bfloat16" and not multiplies_bfloat16():
        raise UsageError(
            "--precision=bfloat16: this processor does not multiply bfloat16; give auto or float32"
        )
    if precision != "auto":
        return precision
    if not has_gpu() and has_litert() and MEASURED.get(model, 0.0) >= FLOOR:
        return "int8"
    return "bfloat16" if multiplies_bfloat16() else "float32"


@cache
def has_litert() -> bool:
    """Returns True if int8's kernels are installed."""
    return importlib.util.find_spec("ai_edge_litert") is not None


@cache
def has_gpu() -> bool:
    """Returns True if TensorFlow has a GPU; where the system has no driver of one, without starting it."""
    drivers = ("/proc/driver/nvidia/version", "/dev/nvidiactl", "/dev/kfd")
    if sys.platform == "linux" and not any(Path(driver).exists() for driver in drivers):
        return False
    if sys.platform == "darwin" and importlib.util.find_spec("tensorflow-plugins") is None:
        return False
    return bool(_gpus())


@cache
def multiplies_bfloat16() -> bool:
    """Returns True if the processor that TensorFlow computes on has instructions for bfloat16."""
    if has_gpu():
        import tensorflow as tf

        details = (tf.config.experimental.get_device_details(gpu) for gpu in _gpus())
        return all(found.get("compute_capability", (0, 0)) >= (8, 0) for found in details)
    return bool({"avx512_bf16", "amx_bf16", "bf16"} & _cpu_features())


def _gpus() -> list:
    from srgan_tf.quiet import start_tensorflow

    start_tensorflow()
    import tensorflow as tf

    return tf.config.list_physical_devices("GPU")


def _cpu_features() -> set[str]:
    if sys.platform == "linux":
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return {word for line in lines if line.startswith(("flags", "Features")) for word in line.split()}
    if sys.platform == "darwin" and platform.machine() == "arm64":
        asked = ["sysctl", "-n", "hw.optional.arm.FEAT_BF16"]
        found = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
        return {"bf16"} if found == "1" else set()
    return set()
