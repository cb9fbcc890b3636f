"""The values that decide a network, the model that carries them, and the numeric types of its layers."""

import dataclasses
from dataclasses import dataclass
from typing import Any

import keras

SHUFFLES = {2: (2,), 3: (3,), 4: (2, 2), 8: (2, 2, 2)}
"""The sub-pixel shuffles that make up each scale."""

ACTIVATIONS = ("prelu", "leaky_relu")
UPSAMPLINGS = ("progressive", "direct")
BASELINE_NAMES = ("srcnn", "espcn", "drcn")
DRCN_FILTERS, DRCN_RECURSIONS = 256, 16
"""Channels and recursions of DRCN in its paper."""

PRECISIONS = ("float32", "mixed_bfloat16", "mixed_float16")


@dataclass(frozen=True)
class GeneratorConfig:
    """The values that decide a generator's weights; two equal ones have interchangeable weights.

    Attributes:
      scale: factor by which each side grows: 2, 3, 4 or 8.
      blocks: residual blocks; the paper's B = 16.
      filters: channels inside; the paper's 64.
      activation: "prelu" (the paper's) or "leaky_relu" (slope 0.2: its int8 form runs whole on phones).
      upsampling: "progressive" (the paper's: a sub-pixel convolution for each shuffle, and a 9x9 convolution
        at full size) or "direct" (one 3x3 sub-pixel convolution from LR features to RGB, as in
        ESPCN, added to LR: in a narrow network the paper's form would be most of the arithmetic).
      skip_connections: False for a network without the sums of the residual blocks and without the long
        one, as the paper's supplement compares it.

    Raises:
      ValueError: a value is none of these.
    """

    scale: int = 4
    blocks: int = 16
    filters: int = 64
    activation: str = "prelu"
    upsampling: str = "progressive"
    skip_connections: bool = True

    def __post_init__(self) -> None:
        """Checks the values."""
        _check_one_of("scale", self.scale, tuple(SHUFFLES))
        for name in ("blocks", "filters"):
            _check_count(name, getattr(self, name))
        _check_one_of("activation", self.activation, ACTIVATIONS)
        _check_one_of("upsampling", self.upsampling, UPSAMPLINGS)
        if not self.skip_connections and self.upsampling == "direct":
            raise ValueError("direct upsampling adds to LR: skip_connections=False is for progressive")


@dataclass(frozen=True)
class BaselineConfig:
    """The values that decide a baseline's weights; all else is its paper's.

    Attributes:
      model: "srcnn", "espcn" or "drcn".
      scale: factor by which each side grows: 2, 3, 4 or 8.
      filters: DRCN's channels; None is its paper's 256. The other two have none.
      recursions: of DRCN; None is its paper's 16.

    Raises:
      ValueError: a value is none of these.
    """

    model: str
    scale: int = 4
    filters: int | None = None
    recursions: int | None = None

    def __post_init__(self) -> None:
        """Checks the values, and gives DRCN its paper's where it has none."""
        _check_one_of("model", self.model, BASELINE_NAMES)
        _check_one_of("scale", self.scale, tuple(SHUFFLES))
        for name, usual in {"filters": DRCN_FILTERS, "recursions": DRCN_RECURSIONS}.items():
            if self.model == "drcn":
                value = getattr(self, name) or usual
                _check_count(name, value)
                object.__setattr__(self, name, value)
            elif getattr(self, name) is not None:
                raise ValueError(f"{name} is a value of drcn. Received: {name}={getattr(self, name)!r}")


NetworkConfig = GeneratorConfig | BaselineConfig


def config_from(values: dict[str, Any]) -> NetworkConfig:
    """Returns the config that `dataclasses.asdict` made these values of.

    Raises:
      ValueError: a value is outside its rule.
      TypeError: a name is no field.
    """
    return BaselineConfig(**values) if "model" in values else GeneratorConfig(**values)


@keras.saving.register_keras_serializable("srgan_tf")
class SRNetwork(keras.Model):
    """A functional model that carries its config, also through its `.keras` file.

    Args:
      inputs: as of `keras.Model`.
      outputs: as of `keras.Model`.
      name: of the model.
      network_config: a config, or its values as the file holds them; None for a part or a clone of a network.
    """

    # The positional arguments have Keras' own names: only then does it write and read the layers itself.
    def __init__(
        self,
        inputs: Any,
        outputs: Any,
        name: str | None = None,
        *,
        network_config: NetworkConfig | dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(inputs=inputs, outputs=outputs, name=name, **kwargs)
        self.network_config = (
            config_from(network_config) if isinstance(network_config, dict) else network_config
        )

    def get_config(self) -> dict[str, Any]:
        """Returns the layers and the network's config, for the `.keras` file."""
        config = super().get_config()
        if self.network_config is not None:
            config["network_config"] = dataclasses.asdict(self.network_config)
        return config


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
    """Returns the policies of `--precision`.

    On a GPU element-wise layers are bound by memory and gain from 16 bit. On a CPU they are slower in
    bfloat16 than in float32 (a ReLU by six times), so there only the convolutions use it.

    Args:
      name: "float32", "mixed_bfloat16" or "mixed_float16".
      accelerator: whether the network runs on a GPU.

    Raises:
      ValueError: for another name.
    """
    _check_one_of("precision", name, PRECISIONS)
    return Precision(convolution=name, pointwise=name if accelerator else "float32")


def _check_count(name: str, value: Any) -> None:
    if not isinstance(value, int) or value < 1:
        raise ValueError(f"{name} must be a whole number of at least 1. Received: {name}={value!r}")


def _check_one_of(name: str, value: Any, allowed: tuple[Any, ...]) -> None:
    if value not in allowed:
        raise ValueError(f"{name} must be one of {', '.join(map(str, allowed))}. Received: {name}={value!r}")
