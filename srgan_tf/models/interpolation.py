"""Networks between two networks: the weighted means of their weights.

Source: Wang et al., "ESRGAN: Enhanced Super-Resolution Generative Adversarial Networks", ECCV workshops 2018,
section 3.4, network interpolation. Where one of two networks was trained from the other, those means are
networks too, and their images go from the one's to the other's: from faithful (the SRResNet, at strength 0)
to crisp (the SRGAN, at strength 1). A constraint of `sub_pixel_constraint` that both fulfil holds for them as
well, since it is linear.
"""

import dataclasses
import re

import keras
import numpy as np

from srgan_tf.errors import UsageError
from srgan_tf.models.config import BaselineConfig, NetworkConfig, config_from
from srgan_tf.models.networks import config_of
from srgan_tf.models.weights import card, names


def weighted(first: list[np.ndarray], second: list[np.ndarray], share: float) -> list[np.ndarray]:
    """Returns share * first + (1 - share) * second, variable by variable, batch statistics too.

    Args:
      first: what `keras.Model.get_weights` gives of a network.
      second: the same of a network of the same config.
      share: of the first, in [0, 1]; 0 and 1 give the second and the first bit for bit.
    """
    if share in (0, 1):  # a sum with 0 * x would turn -0 into 0
        return list(first if share else second)
    return [(share * a + (1 - share) * b).astype(b.dtype) for a, b in zip(first, second, strict=True)]


def end_names(crisp: str, strength: float | None, faithful: str | None) -> tuple[str, str]:
    """Returns the names of the networks of strength 0 and 1, checked before anything is loaded.

    Args:
      crisp: a released name, a file or a run directory.
      strength: as the user gives it; None where only `faithful` was given.
      faithful: the same as `crisp`; None for the partner of a released model.

    Raises:
      UsageError: a strength outside [0, 1] or none, no network of strength 0, or an exported file.
    """
    if strength is None:
        raise UsageError(f"--faithful={faithful} has no effect without --strength; give both or neither")
    if not 0 <= strength <= 1:  # false for NaN too
        raise UsageError(f"--strength={strength:g}: expected a value from 0 (faithful) to 1 (crisp)")
    found = faithful or faithful_partner(crisp)
    if not found:
        raise UsageError(
            f"--strength={strength:g}: which network is {crisp}'s at strength 0? Give --faithful: a released "
            "name, a .keras file or a run directory"
        )
    for name in (crisp, found):
        if name.endswith(".tflite"):
            raise UsageError(
                f"{name}: an exported file, whose weights stay as they are; export another strength "
                "(export.py --strength)"
            )
    return found, crisp


def interpolated(faithful: keras.Model, crisp: keras.Model, strength: float) -> keras.Model:
    """Returns the crisp network with its weights moved towards those of the faithful one.

    Args:
      faithful: the network of strength 0.
      crisp: the network of strength 1; it is changed.
      strength: of the crisp one, in [0, 1].

    Raises:
      UsageError: a baseline, or networks of different shapes.
    """
    ends = config_of(faithful), config_of(crisp)
    for end in ends:
        if isinstance(end, BaselineConfig):
            raise UsageError(
                f"--strength={strength:g}: {end.model} is a baseline; expected two generators of one shape"
            )
    values = [dataclasses.asdict(end) for end in ends]
    differing = [name for name in values[0] if values[0][name] != values[1][name]]
    if differing:
        apart = ", ".join(f"{name} {values[0][name]} and {values[1][name]}" for name in differing)
        raise UsageError(
            f"--strength={strength:g}: expected two networks of the same shape; the faithful one and the "
            f"crisp one have {apart}"
        )
    crisp.set_weights(weighted(crisp.get_weights(), faithful.get_weights(), strength))
    return crisp


def faithful_partner(name: str) -> str | None:
    """Returns the released model of strength 0 for a released model: the SRResNet of an SRGAN's shape.

    It learned from LR of the same degradation. Where there is one under the sub-pixel constraint it is taken:
    between two networks that fulfil it no checkerboard arises.

    Args:
      name: any name.

    Returns:
      Its name; None for a model that is no released SRGAN.
    """
    if name not in names() or not name.startswith("srgan"):
        return None
    partners = [other for other in names() if other.startswith("srresnet")]
    partners = [other for other in partners if _kind(other) == _kind(name)]
    return max(partners, key=lambda other: "constraint" in card(other)["variant"], default=None)


def _kind(name: str) -> tuple[NetworkConfig, str]:
    """A released model's shape and the degradation that it learned."""
    facts = card(name)
    found = re.search(r"degradation [^;)]+", facts["variant"])
    return config_from(facts["generator"]), found[0] if found else ""
