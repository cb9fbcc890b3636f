import pytest

from srgan_tf.config import new_config
from srgan_tf.errors import UsageError
from srgan_tf.presets import PRESETS


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


def test_a_recipe_says_its_phase_and_its_start():
    gan = new_config({"preset": "srgan", "data": "photos"})
    assert (gan.phase, gan.content_loss, gan.init_from) == ("gan", "vgg54", "srresnet")
    own = new_config({"preset": "srgan"}, new_config({"data": "photos"}))
    assert own.init_from == "", "a run's own first phase comes before a recipe's start"
    with pytest.raises(
        UsageError, match="no preset srgan for phase pretrain; expected paper, cpu, demo, srr"
    ):
        new_config({"preset": "srgan", "phase": "pretrain", "data": "photos"})


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
        ({"learning_rate": -1.0}, "--learning_rate=-1.0"),
        ({"ema_decay": 1.0}, "--ema_decay=1.0"),
        ({"warmup_steps": 10, "steps": 10}, "--warmup_steps=10"),
        ({"content_loss": "vgg19"}, "--content_loss=vgg19"),
        ({"tv_weight": -1.0}, "--tv_weight=-1.0: expected 0 or more"),
        ({"grid_weight": 1.0, "crop_size": 40}, "multiple of 32, and not 40"),
    ],
)
def test_wrong_values_are_named(given, message):
    with pytest.raises(UsageError, match=message):
        new_config({"data": "photos", **given})
