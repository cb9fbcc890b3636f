"""Named sets of training values: the paper's, general ones, and one for each released model."""

from typing import Any

from srgan_tf.command_line import text_of

_LONG = {
    "augment": True, "crops_per_image": 8, "schedule": "cosine", "ema_decay": 0.998,
    "precision": "mixed_bfloat16", "val_every": 500, "checkpoint_every": 250,
}  # fmt: skip
_DEMO = {
    "augment": True, "crops_per_image": 8, "schedule": "cosine", "ema_decay": 0.99, "batch_size": 8,
    "crop_size": 64, "blocks": 4, "filters": 32, "discriminator_filters": 16, "log_every": 100,
    "val_every": 1000, "checkpoint_every": 500,
}  # fmt: skip
_SRRESNET = {**_LONG, "steps": 20_000, "learning_rate": 1e-3, "warmup_steps": 200}
_EVEN = {"sub_pixel_constraint": "linear"}
_SRGAN = {
    **_LONG, **_EVEN, "steps": 4_000, "warmup_steps": 100, "discriminator_filters": 32,
    "discriminator_learning_rate": 2e-4, "adversarial_weight": 1e-2, "consistency_weight": 30.0,
    "ema_decay": 0.995, "start_share": 0.15,
}  # fmt: skip
_TO_SRGAN = {
    **_SRRESNET, **_EVEN, "steps": 1_600, "learning_rate": 4e-4, "init_from": "srresnet",
}  # fmt: skip
_PHOTO = {"degradation": "photo"}
_MOBILE = {"blocks": 10, "filters": 32, "activation": "leaky_relu", "upsampling": "direct"}
_BASELINE = {
    **_LONG, "precision": "float32", "warmup_steps": 200, "val_every": 2000, "checkpoint_every": 1000,
}  # fmt: skip

PRESETS: dict[tuple[str, str], dict[str, Any]] = {
    ("paper", "pretrain"): {},
    ("paper", "gan"): {"steps": 200_000, "schedule": "step"},
    ("cpu", "pretrain"): {**_SRRESNET, **_EVEN},
    ("cpu", "gan"): _SRGAN,
    ("demo", "pretrain"): {**_DEMO, "steps": 3500, "learning_rate": 2e-3, "warmup_steps": 50},
    ("demo", "gan"): {**_DEMO, "steps": 400, "learning_rate": 2e-4, "content_loss": "mse"},
    ("srresnet", "pretrain"): _SRRESNET,
    ("srgan", "pretrain"): _TO_SRGAN,
    ("srgan", "gan"): _SRGAN,
    ("srgan-vgg22", "pretrain"): _TO_SRGAN,
    ("srgan-vgg22", "gan"): {**_SRGAN, "content_loss": "vgg22"},
    ("srresnet-mobile", "pretrain"): {**_SRRESNET, **_MOBILE, "steps": 16_000, "learning_rate": 2e-3},
    ("srgan-mobile", "pretrain"): {
        **_SRRESNET, **_MOBILE, "steps": 6_000, "init_from": "srresnet-mobile", "teacher": "srgan",
    },
    ("srresnet-photo", "pretrain"): {
        **_TO_SRGAN, **_PHOTO, "steps": 4_000, "init_from": "srresnet-even", "start_share": 0.2,
    },
    ("srgan-photo", "gan"): {
        **_SRGAN, **_PHOTO, "steps": 1_600, "init_from": "srresnet-photo", "start_share": 0.32,
    },
    ("srgan-photo-mobile", "pretrain"): {
        **_SRRESNET, **_MOBILE, **_PHOTO, "steps": 3_000, "init_from": "srgan-mobile",
        "teacher": "srgan-photo",
    },
    ("espcn", "pretrain"): {**_BASELINE, "model": "espcn", "steps": 60_000, "learning_rate": 1e-3},
    ("srcnn", "pretrain"): {
        **_BASELINE, "model": "srcnn", "crop_size": 48, "steps": 10_000, "learning_rate": 1e-3,
    },
    ("drcn", "pretrain"): {
        **_BASELINE, "model": "drcn", "filters": 96, "predictions": 3, "batch_size": 2,
        "precision": "mixed_bfloat16", "steps": 16_000, "learning_rate": 3e-4, "checkpoint_every": 250,
    },
}  # fmt: skip
"""Values of each preset where they are not `RunConfig`'s defaults, by name and phase."""

GENERAL = ("paper", "cpu", "demo")
"""The presets that are no released model's."""


def preset_names(phase: str | None = None) -> tuple[str, ...]:
    """Returns the names of the presets of a phase, or of all, in the order above."""
    return tuple(dict.fromkeys(name for name, of in PRESETS if phase in (None, of)))


def described(name: str, default: Any) -> str:
    """Returns the values of a field in the general presets: "paper 1000000, then 200000; cpu 20000; ...".

    Args:
      name: the field.
      default: its value without a preset.
    """
    texts = []
    for preset in GENERAL:
        values = (PRESETS[preset, phase].get(name, default) for phase in ("pretrain", "gan"))
        first, second = map(text_of, values)
        texts.append(f"{preset} {first}" if first == second else f"{preset} {first}, then {second}")
    values = {text.split(" ", 1)[1] for text in texts}
    return text_of(default) if values == {text_of(default)} else "; ".join(texts)
