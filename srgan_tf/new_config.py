"""The config of a new run: its preset, its first phase and the flags that were given, checked together."""

from collections.abc import Iterable, Mapping
from typing import Any

from srgan_tf.config import BASELINE_USE, FLAGS, RunConfig, usual_tv_weight
from srgan_tf.errors import UsageError
from srgan_tf.models.networks import MODELS
from srgan_tf.presets import PRESETS, preset_names


def phase_of(given: Mapping[str, Any]) -> str:
    """Returns the phase of a run: as given, or the only one that the given preset is for, or pretrain."""
    phases = [phase for name, phase in PRESETS if name == given.get("preset")]
    return given.get("phase") or (phases[0] if len(phases) == 1 else "pretrain")


def new_config(given: Mapping[str, Any], first_phase: RunConfig | None = None) -> RunConfig:
    """Returns the config of a new run: preset, first phase and flags, each over the one before.

    Args:
      given: values of the flags that were given, by name.
      first_phase: the config of the same run directory's first phase, when this is its second.

    Raises:
      UsageError: a value is not allowed, two contradict each other, or a flag would have no effect.
    """
    inherited = [field.name for field in FLAGS if field.metadata["inherited"]] if first_phase else []
    handed = {name: getattr(first_phase, name) for name in inherited}
    phase = phase_of(given)
    model = given.get("model", handed.get("model", RunConfig.model))
    if model != "srresnet" and phase != "pretrain":
        raise UsageError(BASELINE_USE.format(model))
    own = model if model != "srresnet" and model in MODELS else None
    preset = given.get("preset", own or handed.get("preset", RunConfig.preset))
    if own and preset != own:
        raise UsageError(
            f"--preset={preset}: its values are not for --model={model}, which has its own, --preset={own}; "
            "leave the flag out"
        )
    if (preset, phase) not in PRESETS:
        raise UsageError(f"no preset {preset} for phase {phase}; expected " + ", ".join(preset_names(phase)))
    values = {
        "phase": phase,
        "content_loss": "vgg54" if phase == "gan" else "mse",
        **PRESETS[preset, phase],
        **handed,
        **given,
        "preset": preset,
    }
    values.setdefault("tv_weight", usual_tv_weight(phase, values["content_loss"]))
    if values.get("data") == "sample":
        values.setdefault("val_data", "sample")
    if "warmup_steps" not in given:  # a preset's warm-up suits its own length
        steps = values.get("steps", RunConfig.steps)
        values["warmup_steps"] = min(values.get("warmup_steps", 0), steps // 10)
    if values.get("model") == "drcn" and "predictions" not in given:  # a preset's suit its own recursions
        recursions = values.get("recursions", RunConfig.recursions)
        values["predictions"] = min(values.get("predictions", 0), recursions)
    if phase == "pretrain" and not values.get("init_from") and "start_share" not in given:
        values["start_share"] = 0.0  # a preset's share is of its own start; random weights have none
    config = RunConfig(**values)
    if not config.data:
        raise UsageError("--data is missing: give a folder, sample, tfds:NAME or tfrecord:GLOB")
    check_effects(config, given)
    return config


def check_effects(config: RunConfig, given: Iterable[str]) -> None:
    """Checks that flags have an effect on a run.

    Args:
      config: the run.
      given: names of the flags that were given.

    Raises:
      UsageError: naming one that has none, and what it needs.
    """
    for name in given:
        if getattr(config, name) in (0, "", "none"):  # such a value asks for nothing
            continue
        if reason := without_effect(config, name):
            raise UsageError(f"--{name}: {reason}; leave it out")


def without_effect(config: RunConfig, name: str) -> str | None:
    """Returns why a field has no effect on a run, or None if it has one.

    Args:
      config: the run.
      name: a field that is a flag.
    """
    if name in ("downscale", "degradation") and config.lr_data:
        return "has no effect with --lr_data, whose images are LR"
    needs = RunConfig.__dataclass_fields__[name].metadata["needs"]
    if name == "start_share" and config.phase == "pretrain":  # random weights are worth no share
        needs = {"init_from": ()}
    for other, allowed in needs.items():
        value = getattr(config, other)
        if not allowed and not value:
            return f"needs --{other}"
        if allowed and value not in allowed:
            return f"needs --{other}={' or '.join(allowed)}, and this run has {value}"
    return None
