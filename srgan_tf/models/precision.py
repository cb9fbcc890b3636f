"""Which layers compute in which numeric type."""

from dataclasses import dataclass

PRECISIONS = ("float32", "mixed_bfloat16", "mixed_float16")


@dataclass(frozen=True)
class Precision:
    """Keras dtype policies by kind of layer; variables are float32 in all of them.

    Attributes:
      convolution: policy of convolutions and dense layers, where the arithmetic is.
      pointwise: policy of normalisations, activations and sums.
    """

    convolution: str = "float32"
    pointwise: str = "float32"


def precision_named(name: str, *, accelerator: bool) -> Precision:
    """The policies of `--precision`.

    On a GPU element-wise layers are bound by memory and gain from 16 bit. On a CPU they are slower in
    bfloat16 than in float32 (a ReLU by six times), so there only the convolutions use it.

    Args:
      name: "float32", "mixed_bfloat16" or "mixed_float16".
      accelerator: whether the network runs on a GPU.

    Returns:
      The policies.

    Raises:
      ValueError: for another name.
    """
    if name not in PRECISIONS:
        raise ValueError(f"precision must be one of {', '.join(PRECISIONS)}. Received: {name}")
    return Precision(convolution=name, pointwise=name if accelerator else "float32")
