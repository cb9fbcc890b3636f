import dataclasses

import pytest

from srgan_tf.config import FLAGS, RunConfig
from srgan_tf.errors import UsageError
from srgan_tf.models.config import SHUFFLES
from srgan_tf.new_config import new_config
from srgan_tf.presets import PRESETS, described


def test_defaults_are_the_papers():
    config = new_config({"data": "photos"})
    assert (config.batch_size, config.crop_size, config.scale, config.blocks, config.filters) == (
        16,
        96,
        4,
        16,
        64,
    )
    assert (config.steps, config.learning_rate, config.schedule) == (1_000_000, 1e-4, "constant")
    assert (config.augment, config.ema_decay, config.crops_per_image) == (False, 0.0, 1)
    gan = new_config({"phase": "gan", "data": "photos"})
    assert (gan.content_loss, gan.steps, gan.schedule) == ("vgg54", 200_000, "step")
    assert (gan.adversarial_weight, gan.learning_rate) == (1e-3, 1e-4)


@pytest.mark.parametrize(
    ("phase", "loss", "variant", "tv"),
    [
        ("pretrain", "mse", "SRResNet-MSE", 0.0),
        ("pretrain", "vgg22", "SRResNet-VGG22", 2e-8),
        ("gan", "mse", "SRGAN-MSE", 0.0),
        ("gan", "vgg22", "SRGAN-VGG22", 0.0),
        ("gan", "vgg54", "SRGAN-VGG54", 0.0),
    ],
)
def test_the_five_variants(phase, loss, variant, tv):
    config = new_config({"phase": phase, "content_loss": loss, "data": "photos"})
    assert config.variant == variant
    assert config.tv_weight == tv


@pytest.mark.parametrize("key", PRESETS)
def test_every_preset_makes_a_config(key):
    preset, phase = key
    assert new_config({"preset": preset, "phase": phase, "data": "sample"}).val_data == "sample"


def test_a_recipe_has_its_phases_and_its_start():
    first = new_config({"preset": "srgan", "data": "photos"})
    assert (first.phase, first.content_loss, first.init_from) == ("pretrain", "mse", "srresnet")
    second = new_config({"phase": "gan"}, first)
    assert (second.preset, second.content_loss, second.init_from) == ("srgan", "vgg54", "")
    assert first.sub_pixel_constraint == second.sub_pixel_constraint == "linear"
    with pytest.raises(UsageError, match="no preset srresnet for phase gan; expected paper, cpu"):
        new_config({"preset": "srresnet", "phase": "gan", "data": "photos"})


@pytest.mark.parametrize("model", ["srcnn", "espcn", "drcn"])
def test_a_baseline_takes_its_own_preset_and_no_other(model):
    assert new_config({"data": "photos", "model": model}) == new_config({"data": "photos", "preset": model})
    with pytest.raises(UsageError, match=f"--preset=cpu: .*--model={model}, which has its own, --preset="):
        new_config({"data": "photos", "model": model, "preset": "cpu"})


def test_random_weights_get_no_share_of_a_preset():
    given = {"preset": "srresnet-photo", "data": "photos"}
    assert new_config(given).start_share == 0.2
    assert new_config({**given, "init_from": ""}).start_share == 0.0


def test_flags_override_presets():
    assert new_config({"preset": "demo", "data": "sample", "blocks": 7}).blocks == 7


def test_second_phase_inherits_network_and_data():
    first = new_config({"data": "photos", "blocks": 5, "preset": "cpu"})
    second = new_config({"phase": "gan"}, first)
    assert (second.data, second.blocks, second.preset) == ("photos", 5, "cpu")
    assert new_config({"phase": "gan", "data": "others"}, first).data == "others"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"data": ""}, "--data is missing"),
        ({"crop_size": 90}, "--crop_size=90: expected a multiple of --scale=4"),
        ({"scale": 5}, "--scale=5: expected one of 2, 3, 4, 8"),
        ({"steps": 0}, "--steps=0: expected a value above 0"),
        ({"learning_rate": -1.0}, "--learning_rate=-1: expected a value above 0"),
        ({"ema_decay": 1.0}, "--ema_decay=1: expected 0 or more and less than 1"),
        ({"warmup_steps": 10, "steps": 10}, "--warmup_steps=10"),
        ({"model": "drcn", "recursions": 4, "predictions": 5}, "--predictions=5: .* --recursions=4"),
        ({"content_loss": "vgg19"}, "--content_loss=vgg19"),
        ({"tv_weight": -1.0}, "--tv_weight=-1: expected 0 or more"),
        ({"grid_weight": 1.0, "crop_size": 40}, "multiple of 32, and not 40"),
        ({"phase": "gan", "critic_shift": 17, "crop_size": 32}, "less than 16 of --crop_size=32 pixels"),
    ],
)
def test_wrong_values_are_named(given, message):
    with pytest.raises(UsageError, match=message):
        new_config({"data": "photos", **given})


GAN = {"phase": "gan", "content_loss": "mse"}
VGG = {"content_loss": "vgg22", "vgg_weights": "features.keras"}


@pytest.mark.parametrize(
    ("given", "needed"),
    [
        ({"freeze_upsampling": True}, "--phase=gan"),
        ({"start_share": 0.2}, "--init_from"),
        ({"adversarial_weight": 1e-3}, "--phase=gan"),
        ({"discriminator_filters": 64}, "--phase=gan"),
        ({"discriminator_learning_rate": 1e-4}, "--phase=gan"),
        ({"teacher": "srgan", **GAN}, "--phase=pretrain"),
        ({"vgg_weights": "imagenet"}, "--content_loss=vgg22 or vgg54"),
        ({"vgg_weights": "imagenet", **GAN}, "--content_loss=vgg22 or vgg54"),
        ({"tv_weight": 1.0, "model": "espcn"}, "--model=srresnet"),
        ({"pixel_weight": 1.0, "model": "srcnn"}, "--model=srresnet"),
        ({"consistency_weight": 1.0, "model": "srcnn"}, "--model=srresnet"),
        ({"grid_weight": 1.0, "model": "srcnn"}, "--model=srresnet"),
        ({"blocks": 16, "model": "drcn"}, "--model=srresnet"),
        ({"activation": "prelu", "model": "drcn"}, "--model=srresnet"),
        ({"filters": 64, "model": "espcn"}, "--model=srresnet or drcn"),
        ({"recursions": 9, "model": "espcn"}, "--model=drcn"),
        ({"recursions": 9}, "--model=drcn"),
        ({"predictions": 3}, "--model=drcn"),
        ({"skip_connections": False, "model": "drcn"}, "--model=srresnet"),
        ({"skip_connections": False, "upsampling": "direct"}, "--upsampling=progressive"),
        ({"sub_pixel_constraint": "linear", "model": "espcn"}, "--model=srresnet"),
        ({"sub_pixel_constraint": "linear", "upsampling": "direct"}, "--upsampling=progressive"),
        ({"val_every": 5000}, "--val_data"),
        ({"val_images": 10}, "--val_data"),
    ],
)
def test_a_flag_without_effect_is_refused_and_what_it_needs_is_named(given, needed):
    with pytest.raises(UsageError, match=f"--{next(iter(given))}: needs .*{needed}.*leave it out"):
        new_config({"data": "photos", **given})


def test_what_nobody_gave_is_not_refused():
    assert new_config({"data": "photos", "preset": "demo"}).discriminator_filters == 16
    assert new_config({"data": "photos", **GAN, "teacher": "", "val_data": ""}).teacher == ""
    assert new_config({"data": "photos", "discriminator_learning_rate": 0.0}).phase == "pretrain"


@pytest.mark.parametrize(
    ("given", "variant"),
    [
        (VGG, "SRResNet (features.keras for VGG22)"),
        ({"phase": "gan", "vgg_weights": "a/vgg19_distilled_block5_conv1.keras"},
         "SRGAN (substitute for VGG54)"),
        ({"phase": "gan", "content_loss": "vgg22", "vgg_weights": "vgg19_normalised_block2_conv2.keras"},
         "SRGAN (VGG22, normalised per channel)"),
        ({"phase": "gan", "consistency_weight": 3.0, "sub_pixel_constraint": "linear", "critic_shift": 16},
         "SRGAN-VGG54 (consistency term; sub-pixel constraint; shifted critics)"),
        ({"phase": "gan", "vgg_weights": "vgg19_distilled_block5_conv1.keras", "pixel_weight": 1.0,
          "grid_weight": 2.0, "freeze_upsampling": True},
         "SRGAN (substitute for VGG54; pixel term; grid term; frozen upsampler)"),
        ({"tv_weight": 1e-6}, "SRResNet-MSE (total variation)"),
        ({"teacher": "srgan"}, "SRResNet-MSE, distilled from srgan"),
        ({"skip_connections": False}, "SRResNet-MSE (no skip connections)"),
        ({"model": "espcn"}, "ESPCN"),
        ({"model": "drcn", "recursions": 9, "predictions": 0}, "DRCN (96 channels, 9 recursions)"),
        ({"model": "drcn", "filters": 256}, "DRCN (3 predictions a step)"),
        ({"model": "drcn", "filters": 256, "predictions": 0}, "DRCN"),
        ({"model": "drcn", "filters": 256, "predictions": 16}, "DRCN"),
        ({"model": "drcn", "teacher": "srresnet"},
         "DRCN, distilled from srresnet (96 channels, 16 recursions; 3 predictions a step)"),
    ],
)  # fmt: skip
def test_a_name_tells_what_the_paper_has_not(given, variant):
    assert new_config({"data": "photos", "crop_size": 96, **given}).variant == variant


@pytest.mark.parametrize(("recursions", "predictions"), [(1, 1), (2, 2), (9, 3)])
def test_a_preset_computes_no_more_predictions_than_there_are(recursions, predictions):
    config = new_config({"data": "photos", "model": "drcn", "recursions": recursions})
    assert config.predictions == predictions


def test_every_flag_explains_itself_and_what_it_needs_exists():
    names = {field.name for field in dataclasses.fields(RunConfig)}
    for flag in FLAGS:
        assert flag.metadata["text"].endswith("."), flag.name
        for other, allowed in flag.metadata["needs"].items():
            assert other in names
            assert set(allowed) <= set(RunConfig.__dataclass_fields__[other].metadata["choices"] or ())


def test_every_scale_has_its_shuffles():
    assert RunConfig.__dataclass_fields__["scale"].metadata["choices"] == tuple(SHUFFLES)


def test_help_shows_values_as_they_are_written_on_the_command_line():
    assert described("augment", False) == "paper false; cpu true; demo true"
    assert described("steps", 1_000_000).startswith("paper 1000000, then 200000; cpu 20000, then ")
    assert described("learning_rate", 1e-4).startswith("paper 0.0001; ")
    assert described("grid_weight", 0.0) == "0"
