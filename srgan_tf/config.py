"""What a run is: one frozen dataclass that holds every value, the presets, and the rules between values."""

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from srgan_tf.errors import UsageError
from srgan_tf.losses import GRID_CELLS
from srgan_tf.models.config import PRECISIONS, SHUFFLES, UPSAMPLINGS, BaselineConfig, GeneratorConfig
from srgan_tf.models.networks import MODELS, NetworkConfig
from srgan_tf.models.sub_pixel_constraint import SUB_PIXEL_CONSTRAINTS
from srgan_tf.presets import PRESETS, preset_names

PHASES = ("pretrain", "gan")
CONTENT_LOSSES = ("mse", "vgg22", "vgg54")

VARIANTS = {
    ("pretrain", "mse"): "SRResNet-MSE",
    ("pretrain", "vgg22"): "SRResNet-VGG22",
    ("pretrain", "vgg54"): "SRResNet-VGG54",
    ("gan", "mse"): "SRGAN-MSE",
    ("gan", "vgg22"): "SRGAN-VGG22",
    ("gan", "vgg54"): "SRGAN-VGG54",
}
"""The paper's names (section 3.4); SRResNet-VGG54 is not among its five, and can be trained all the same."""


def option(
    group: str,
    text: str,
    default: Any = None,
    choices: tuple[Any, ...] | None = None,
) -> Any:
    """A field of `RunConfig` that is a flag too: its group and text in --help, and its allowed values."""
    return dataclasses.field(default=default, metadata={"group": group, "text": text, "choices": choices})


@dataclass(frozen=True)
class RunConfig:
    """Everything a run depends on; the same config gives the same weights on a CPU.

    The defaults are the paper's, for its first phase. Each field's text stands in `train.py --help`.
    """

    phase: str = option("what", "pretrain: SRResNet; gan: SRGAN, which starts from it", "pretrain", PHASES)
    content_loss: str = option(
        "what",
        "with the phase it names the paper's variants; default mse, for gan vgg54",
        "mse",
        CONTENT_LOSSES,
    )
    preset: str = option(
        "what",
        "a named set of values; any flag given overrides it. A released model's name is its recipe",
        "paper",
        preset_names(),
    )
    seed: int = option("what", "of the initial weights and of the data's order", 0)

    data: str = option("data", "a folder, sample, tfds:NAME[/CONFIG][:SPLIT] or tfrecord:GLOB", "")
    val_data: str = option("data", "the same, for validation; sample has its own; empty: none", "")
    val_images: int = option("data", "how many images of val_data are used, the first ones", 10)
    batch_size: int = option("data", "crops in a step, over all replicas, each from a different image", 16)
    crop_size: int = option("data", "side of the HR crops, pixels; a multiple of the scale", 96)
    downscale: str = option(
        "data",
        "LR by MATLAB's imresize or by Pillow, as in the paper's tables",
        "pillow",
        ("matlab", "pillow"),
    )
    augment: bool = option("data", "random flips and quarter turns", False)
    crops_per_image: int = option("data", "crops from an image once it is decoded, in as many batches", 1)

    model: str = option(
        "network", "srresnet, or a baseline of the paper's tables (pretrain only)", "srresnet", MODELS
    )
    scale: int = option("network", "enlargement of each side", 4, tuple(SHUFFLES))
    blocks: int = option("network", "residual blocks of the generator", 16)
    filters: int = option("network", "channels of the generator", 64)
    activation: str = option("network", "of the generator", "prelu", ("prelu", "leaky_relu"))
    upsampling: str = option(
        "network",
        "progressive: the paper's; direct: one sub-pixel convolution to RGB, for narrow generators",
        "progressive",
        UPSAMPLINGS,
    )
    discriminator_filters: int = option("network", "channels of the discriminator's first convolution", 64)

    steps: int = option("training", "updates in all", 1_000_000)
    learning_rate: float = option("training", "of Adam, at its highest", 1e-4)
    discriminator_learning_rate: float = option(
        "training", "of the discriminator's Adam, at its highest; 0: the generator's", 0.0
    )
    sub_pixel_constraint: str = option(
        "training",
        "constant: constant features give a constant image, so that there is no checkerboard; linear: and a "
        "linear ramp of features gives a linear ramp of pixels; the paper has none",
        "none",
        SUB_PIXEL_CONSTRAINTS,
    )
    freeze_upsampling: bool = option(
        "training", "gan trains the generator's trunk; what enlarges its features stays as it was", False
    )
    schedule: str = option(
        "training",
        "constant; step: a tenth from half of the steps on; cosine: down to a thousandth",
        "constant",
        ("constant", "step", "cosine"),
    )
    warmup_steps: int = option("training", "the rate rises from zero over so many steps", 0)
    adversarial_weight: float = option("training", "of the adversarial loss (gan)", 1e-3)
    tv_weight: float = option(
        "training", "of total variation; default 2e-8 for pretrain with vgg22, else 0", 0.0
    )
    pixel_weight: float = option(
        "training", "of the pixels' squared error beside VGG's features; the paper has none", 0.0
    )
    consistency_weight: float = option(
        "training",
        "of the squared error of scale x scale averages beside VGG's features; the paper has none",
        0.0,
    )
    grid_weight: float = option(
        "training", "of the error's pattern with the period of the scale; the paper has none", 0.0
    )
    ema_decay: float = option(
        "training", "of the generator's average, which is validated and kept; 0: none", 0.0
    )
    init_from: str = option(
        "training",
        "what starts the generator: a released model's name, PATH.keras or a run directory; default for gan: "
        "the run's newest pretrain weights",
        "",
    )
    teacher: str = option(
        "training",
        "a released model's name, PATH.keras or a run directory, whose pictures are learned instead of the "
        "photographs (pretrain)",
        "",
    )
    vgg_weights: str = option("training", "imagenet (downloaded), PATH.h5 or PATH.keras", "imagenet")

    precision: str = option("machine", "16 bit where it pays", "float32", PRECISIONS)
    strategy: str = option(
        "machine",
        "auto: every GPU of this machine, or TF_CONFIG's machines",
        "auto",
        ("auto", "mirrored", "multi_worker"),
    )
    xla: str = option(
        "machine",
        "compile the whole step; auto: on one GPU. On a CPU it is slower",
        "auto",
        ("auto", "on", "off"),
    )
    log_every: int = option("machine", "steps between lines of metrics.csv and TensorBoard", 100)
    val_every: int = option("machine", "steps between validations", 5000)
    checkpoint_every: int = option("machine", "steps between checkpoints", 1000)
    keep_checkpoints: int = option("machine", "how many of the newest are kept", 3)

    @property
    def variant(self) -> str:
        """The paper's name of what is trained."""
        if self.model != "srresnet":
            return self.model.upper()
        distilled = f", distilled from {Path(self.teacher).stem}" if self.teacher else ""
        return VARIANTS[self.phase, self.content_loss] + distilled

    @property
    def generator(self) -> NetworkConfig:
        """What decides the generator's weights."""
        if self.model != "srresnet":
            return BaselineConfig(self.model, self.scale)
        return GeneratorConfig(self.scale, self.blocks, self.filters, self.activation, self.upsampling)


INHERITED = (
    "preset", "data", "val_data", "val_images", "downscale", "model", "scale", "blocks", "filters",
    "activation", "upsampling", "seed", "precision",
)  # fmt: skip
"""What the second phase takes from the first one of the same run directory, where no flag says otherwise."""

POSITIVE = (
    "batch_size", "crop_size", "blocks", "filters", "discriminator_filters", "steps", "learning_rate",
    "crops_per_image", "log_every", "val_every", "checkpoint_every", "keep_checkpoints",
)  # fmt: skip
WEIGHTS = (
    "discriminator_learning_rate", "adversarial_weight", "tv_weight", "pixel_weight", "consistency_weight",
    "grid_weight",
)  # fmt: skip


def phase_of(given: dict[str, Any]) -> str:
    """The phase that flags ask for: as given, or the only one that the preset given is for, or pretrain."""
    phases = [phase for name, phase in PRESETS if name == given.get("preset")]
    return given.get("phase") or (phases[0] if len(phases) == 1 else "pretrain")


def new_config(given: dict[str, Any], first_phase: RunConfig | None = None) -> RunConfig:
    """The config of a new run.

    Args:
      given: values of the flags that were given, by name.
      first_phase: the config of the same run directory's first phase, when this is its second.

    Returns:
      Preset, what the first phase hands on, and flags, each over the one before; validated.

    Raises:
      UsageError: a value is not allowed, or two contradict each other.
    """
    handed = {name: getattr(first_phase, name) for name in INHERITED} if first_phase else {}
    phase = phase_of(given)
    preset = given.get("preset", handed.get("preset", "paper"))
    if (preset, phase) not in PRESETS:
        raise UsageError(f"no preset {preset} for phase {phase}; expected " + ", ".join(preset_names(phase)))
    values = {
        "phase": phase,
        "content_loss": "vgg54" if phase == "gan" else "mse",
        **PRESETS[preset, phase],
        **handed,
        **given,
    }
    if first_phase and "init_from" not in given:  # a recipe's start is for runs without a first phase
        values["init_from"] = ""
    sized = [name for name in ("blocks", "filters", "activation", "upsampling") if name in given]
    if values.get("model", "srresnet") != "srresnet" and sized:
        raise UsageError(
            f"--{sized[0]} with --model={values['model']}: a baseline has the size of its paper; leave it out"
        )
    if phase == "pretrain" and values["content_loss"] == "vgg22":
        values.setdefault("tv_weight", 2e-8)
    if values.get("data") == "sample":
        values.setdefault("val_data", "sample")
    if "warmup_steps" not in given:  # a preset's warm-up suits its own length
        steps = values.get("steps", RunConfig.steps)
        values["warmup_steps"] = min(values.get("warmup_steps", 0), steps // 10)
    config = RunConfig(**values)
    validate(config)
    return config


def validate(config: RunConfig) -> None:
    """Checks every value by itself and the values against each other.

    Raises:
      UsageError: naming the flag, the value and what was expected.
    """
    for field in dataclasses.fields(RunConfig):
        value, choices = getattr(config, field.name), field.metadata["choices"]
        if choices and value not in choices:
            raise UsageError(f"--{field.name}={value}: expected one of {', '.join(map(str, choices))}")
    for name in POSITIVE:
        if getattr(config, name) <= 0:
            raise UsageError(f"--{name}={getattr(config, name)}: expected a value above 0")
    if not config.data:
        raise UsageError("--data is missing: give a folder, sample, tfds:NAME or tfrecord:GLOB")
    if config.crop_size % config.scale:
        raise UsageError(f"--crop_size={config.crop_size}: expected a multiple of --scale={config.scale}")
    if not 0 <= config.ema_decay < 1:
        raise UsageError(f"--ema_decay={config.ema_decay}: expected 0 or more and less than 1")
    if config.warmup_steps < 0 or config.warmup_steps >= config.steps:
        raise UsageError(
            f"--warmup_steps={config.warmup_steps}: expected 0 to --steps={config.steps}, exclusive"
        )
    if config.model != "srresnet" and (config.phase, config.content_loss) != ("pretrain", "mse"):
        raise UsageError(
            f"--model={config.model}: a baseline is trained with --phase=pretrain and --content_loss=mse"
        )
    if config.teacher and config.phase == "gan":
        raise UsageError(f"--teacher={config.teacher}: is for --phase=pretrain; leave it out")
    if config.discriminator_learning_rate and config.phase == "pretrain":
        raise UsageError("--discriminator_learning_rate: is for --phase=gan; leave it out")
    if config.sub_pixel_constraint != "none" and (
        config.model != "srresnet" or config.upsampling != "progressive"
    ):
        raise UsageError(
            f"--sub_pixel_constraint={config.sub_pixel_constraint}: needs --model=srresnet and "
            "--upsampling=progressive"
        )
    for name in WEIGHTS:
        if getattr(config, name) < 0:
            raise UsageError(f"--{name}={getattr(config, name)}: expected 0 or more")
    if config.grid_weight and config.crop_size % (GRID_CELLS * config.scale):
        raise UsageError(
            f"--grid_weight: needs a --crop_size that is a multiple of {GRID_CELLS * config.scale}, "
            f"and not {config.crop_size}"
        )
