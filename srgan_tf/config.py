"""A run's values: one frozen dataclass that holds each with its default, rule, group and help."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from srgan_tf.command_line import option
from srgan_tf.data.degradation.table import BICUBIC
from srgan_tf.data.sampler import CropOptions
from srgan_tf.errors import UsageError
from srgan_tf.losses import GRID_CELLS
from srgan_tf.models.config import (
    ACTIVATIONS,
    DRCN_RECURSIONS,
    PRECISIONS,
    UPSAMPLINGS,
    BaselineConfig,
    GeneratorConfig,
)
from srgan_tf.models.networks import MODELS, NetworkConfig
from srgan_tf.models.sub_pixel_constraint import SUB_PIXEL_CONSTRAINTS
from srgan_tf.models.vgg import features_name
from srgan_tf.presets import preset_names

PHASES = ("pretrain", "gan")
CONTENT_LOSSES = ("mse", "vgg22", "vgg54")

BASELINE_USE = "--model={}: a baseline is trained with --phase=pretrain and --content_loss=mse"
SMALLEST_WINDOW = 16
"""Pixels of a crop that the discriminator must see: its strides divide by 16."""

GAN = {"phase": ("gan",)}
SRRESNET = {"model": ("srresnet",)}


@dataclass(frozen=True)
class RunConfig(CropOptions):
    """Everything that a run depends on; the same config gives the same weights on a CPU.

    The defaults are the paper's, for its first phase. `train.py --help` explains the fields that are flags.

    Attributes:
      digests: checksums of what the run learns from, by the flag that names it: sha256 of files,
        `Source.checksum` of images. A run of an older version may lack entries; they are added unchecked.
      lengths: the steps that were planned before the run grew, by the last step that they were valid for.
    """

    # fmt: off
    phase: str = option("run",
        "pretrain trains SRResNet; gan trains SRGAN, which starts from it.", "pretrain", choices=PHASES)
    content_loss: str = option("run",
        "Content loss; with the phase it names the paper's variants. The default of gan is vgg54.",
        "mse", choices=CONTENT_LOSSES)
    preset: str = option("run",
        "A named set of values, each of which its own flag overrides. A preset that is named for a released "
        "model is a recipe; docs/models.md lists all runs that made the model. The default of a baseline is "
        "the preset of its name.",
        "paper", choices=preset_names(), inherited=True)
    data: str = option("data",
        "Training images: a folder, sample, tfds:NAME[/CONFIG][:SPLIT] or tfrecord:GLOB.",
        "", inherited=True)
    val_data: str = option("data",
        "Validation images, given in the same ways; sample has some of its own.",
        "", inherited=True, anew=True)
    val_images: int = option("data",
        "Number of validation images that are used, the first ones of --val_data.",
        10, rule="positive", inherited=True, needs={"val_data": ()}, anew=True)
    lr_data: str = option("data",
        "LR images of --data, where both are folders: 0001.png or 0001x4.png for 0001.png. Without it LR is "
        "made by --downscale.", "", inherited=True)
    val_lr_data: str = option("data",
        "LR images of --val_data, given in the same way.",
        "", inherited=True, needs={"lr_data": (), "val_data": ()}, anew=True)
    model: str = option("network",
        "Network: srresnet, or a baseline of the paper's tables (pretrain only).",
        "srresnet", choices=MODELS, inherited=True)
    blocks: int = option("network",
        "Residual blocks of the generator.", 16, rule="positive", inherited=True, needs=SRRESNET)
    filters: int = option("network",
        "Channels of the generator; the papers have 64, and of DRCN 256.",
        64, rule="positive", inherited=True, needs={"model": ("srresnet", "drcn")})
    recursions: int = option("network",
        "Recursions of DRCN; --init_from may have fewer or more.",
        DRCN_RECURSIONS, rule="positive", inherited=True, needs={"model": ("drcn",)})
    predictions: int = option("training",
        "Recursions of DRCN whose predictions a step computes, drawn anew for each step, in place of all: a "
        "third of them makes a step a third cheaper. 0 takes all, as its paper does.",
        0, rule="not negative", needs={"model": ("drcn",)})
    activation: str = option("network",
        "Activation of the generator.",
        "prelu", choices=ACTIVATIONS, inherited=True, needs=SRRESNET)
    upsampling: str = option("network",
        "Upsampler of the generator. progressive is the paper's; direct is one sub-pixel convolution to "
        "RGB, for narrow generators.", "progressive", choices=UPSAMPLINGS, inherited=True, needs=SRRESNET)
    skip_connections: bool = option("network",
        "The sums of the generator's residual blocks and the long one around them; false for a network "
        "without, as the paper's supplement compares it.",
        True, inherited=True, needs={**SRRESNET, "upsampling": ("progressive",)})
    discriminator_filters: int = option("network",
        "Channels of the discriminator's first convolution.", 64, rule="positive", needs=GAN)
    steps: int = option("training",
        "Updates of the generator in this phase; a run that has ended goes on when it is given more.",
        1_000_000, rule="positive")
    learning_rate: float = option("training", "Highest learning rate of Adam.", 1e-4, rule="positive")
    discriminator_learning_rate: float = option("training",
        "Highest learning rate of the discriminator's Adam; 0 takes the generator's.",
        0.0, rule="not negative", needs=GAN)
    sub_pixel_constraint: str = option("training",
        "Keeps a checkerboard out of the upsampler's kernels. constant: constant features give a constant "
        "image; linear: a linear ramp of features gives a linear ramp of pixels too. The paper has none.",
        "none", choices=SUB_PIXEL_CONSTRAINTS, needs={**SRRESNET, "upsampling": ("progressive",)})
    critic_shift: int = option("training",
        "The discriminator and the VGG features see a window that is this many pixels smaller than the crop, "
        "at a place drawn for each step, so that no pattern keeps its place under their strides; the paper "
        "has none.", 0, rule="not negative", needs=GAN)
    freeze_upsampling: bool = option("training",
        "Trains the generator's body alone and leaves its upsampler as it is.", False, needs=GAN)
    schedule: str = option("training",
        "Learning rate over the steps: constant; step, which falls to a tenth after half of them; or cosine, "
        "which falls to a thousandth.", "constant", choices=("constant", "step", "cosine"))
    warmup_steps: int = option("training",
        "Steps over which the learning rate rises from zero.", 0, rule="not negative")
    adversarial_weight: float = option("training",
        "Weight of the adversarial loss.", 1e-3, rule="not negative", needs=GAN)
    tv_weight: float = option("training",
        "Weight of total variation; the default of pretrain with vgg22 is 2e-8.",
        0.0, rule="not negative", needs=SRRESNET)
    pixel_weight: float = option("training",
        "Weight of the pixels' squared error beside the content loss; the paper has none.",
        0.0, rule="not negative", needs=SRRESNET)
    consistency_weight: float = option("training",
        "Weight of the squared error between averages of scale x scale pixels; the paper has none.",
        0.0, rule="not negative", needs=SRRESNET)
    grid_weight: float = option("training",
        "Weight of the part of the error that repeats with the period of the scale; the paper has none.",
        0.0, rule="not negative", needs=SRRESNET)
    ema_decay: float = option("training",
        "Decay of the EMA of the generator, which is validated and kept; 0 keeps the generator itself.",
        0.0, rule="fraction")
    start_share: float = option("training",
        "Share that the start of the phase has in the weights that are validated and kept, beside the EMA "
        "(network interpolation); a little makes calmer and more faithful images. In pretrain it needs "
        "--init_from. The paper has none.",
        0.0, rule="fraction")
    init_from: str = option("training",
        "Weights that start the generator: a released model's name, PATH.keras or a run directory. The "
        "default of gan is the run's newest pretrain weights.", "")
    teacher: str = option("training",
        "Distillation: the model whose images are learned in place of HR; a released model's name, "
        "PATH.keras or a run directory.", "", needs={"phase": ("pretrain",)})
    vgg_weights: str = option("training",
        "Weights of VGG-19: imagenet (downloaded), PATH.h5 or PATH.keras.",
        "imagenet", needs={"content_loss": ("vgg22", "vgg54")})
    precision: str = option("machine",
        "Numeric types of the networks; the mixed ones compute in 16 bits where that is faster.",
        "float32", choices=PRECISIONS, inherited=True)
    strategy: str = option("machine",
        "Devices: auto takes every GPU of this machine, or TF_CONFIG's machines.",
        "auto", choices=("auto", "mirrored", "multi_worker"), anew=True)
    xla: str = option("machine",
        "Compiles the whole step; auto does so on one GPU. On a CPU a compiled step is slower.",
        "auto", choices=("auto", "on", "off"), anew=True)
    log_every: int = option("machine",
        "Steps between lines of metrics.csv and TensorBoard.", 100, rule="positive", anew=True)
    val_every: int = option("machine",
        "Steps between validations.", 5000, rule="positive", needs={"val_data": ()}, anew=True)
    checkpoint_every: int = option("machine",
        "Steps between checkpoints.", 1000, rule="positive", anew=True)
    keep_checkpoints: int = option("machine",
        "Number of checkpoints kept, the newest.", 3, rule="positive", anew=True)
    # fmt: on

    digests: Mapping[str, str] = dataclasses.field(default_factory=dict, hash=False)
    lengths: Mapping[str, int] = dataclasses.field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.warmup_steps >= self.steps:
            raise UsageError(f"--warmup_steps={self.warmup_steps}: expected less than --steps={self.steps}")
        if self.critic_shift and self.crop_size - self.critic_shift < SMALLEST_WINDOW:
            left = f"leaves less than {SMALLEST_WINDOW} of --crop_size={self.crop_size} pixels"
            raise UsageError(f"--critic_shift={self.critic_shift}: {left} to the discriminator")
        if self.model != "srresnet" and (self.phase, self.content_loss) != ("pretrain", "mse"):
            raise UsageError(BASELINE_USE.format(self.model))
        if self.model == "drcn" and self.predictions > self.recursions:
            raise UsageError(
                f"--predictions={self.predictions}: expected at most --recursions={self.recursions}; "
                "give fewer, or 0 for all"
            )
        if not self.skip_connections and (self.model, self.upsampling) != ("srresnet", "progressive"):
            raise UsageError(
                "--skip_connections: needs --model=srresnet and --upsampling=progressive where it is false; "
                "leave it out"
            )
        if self.lr_data and self.val_data and not self.val_lr_data:
            raise UsageError("--val_data: with --lr_data it needs --val_lr_data, the folder of its LR images")
        if self.grid_weight and self.model == "srresnet" and self.crop_size % (GRID_CELLS * self.scale):
            raise UsageError(
                f"--grid_weight: needs a --crop_size that is a multiple of {GRID_CELLS * self.scale}, "
                f"and not {self.crop_size}"
            )

    @property
    def variant(self) -> str:
        """The name of what is trained: the paper's (section 3.4), and in brackets what the paper has not."""
        if self.model != "srresnet":
            name, notes = self.model.upper(), []
            if self.generator != BaselineConfig(self.model, self.scale):
                notes.append(f"{self.filters} channels, {self.recursions} recursions")
        else:
            name, notes = {"pretrain": "SRResNet", "gan": "SRGAN"}[self.phase], []
            features, paper = features_name(self.content_loss, self.vgg_weights), self.content_loss.upper()
            if features == paper:
                name += f"-{paper}"
            else:
                notes.append(features)
        if self.teacher:
            name += f", distilled from {Path(self.teacher).stem}"
        beside = {
            f"{self.predictions} predictions a step": (
                self.model == "drcn" and 0 < self.predictions < self.recursions
            ),
            f"degradation {Path(self.degradation).stem}": self.degradation != BICUBIC,
            "pixel term": self.pixel_weight,
            "consistency term": self.consistency_weight,
            "grid term": self.grid_weight,
            "total variation": self.tv_weight not in (0, usual_tv_weight(self.phase, self.content_loss)),
            "no skip connections": not self.skip_connections,
            "sub-pixel constraint": self.sub_pixel_constraint != "none",
            "shifted critics": self.critic_shift,
            f"{self.start_share:.2g} of its start": self.start_share,
            "frozen upsampler": self.freeze_upsampling,
        }
        notes += [text for text, used in beside.items() if used]
        return f"{name} ({'; '.join(notes)})" if notes else name

    @property
    def generator(self) -> NetworkConfig:
        """The config of the generator."""
        if self.model != "srresnet":
            sizes = (self.filters, self.recursions) if self.model == "drcn" else ()
            return BaselineConfig(self.model, self.scale, *sizes)
        return GeneratorConfig(
            self.scale, self.blocks, self.filters, self.activation, self.upsampling, self.skip_connections
        )


FLAGS = tuple(field for field in dataclasses.fields(RunConfig) if field.metadata)
"""The fields that are flags of `train.py`."""


def usual_tv_weight(phase: str, content_loss: str) -> float:
    """Returns the paper's weight of total variation: SRResNet-VGG22 alone has one (section 3.2)."""
    return 2e-8 if (phase, content_loss) == ("pretrain", "vgg22") else 0.0
