"""Networks between two networks."""

import keras
import numpy as np
import pytest

import srgan_tf
from srgan_tf.data.degradation import downscale
from srgan_tf.models import weights
from srgan_tf.models.generator import GeneratorConfig
from srgan_tf.models.interpolation import faithful_partner, interpolated, weighted
from srgan_tf.models.networks import network
from srgan_tf.run_directory import RunDirectory
from tests.helpers import TINY, random_generator, sample_image

SRGANS = tuple(name for name in weights.names() if name.startswith("srgan"))


@pytest.fixture
def ends(tmp_path):
    """Two files of one shape: the faithful network's and the crisp one's."""
    files = tmp_path / "faithful.keras", tmp_path / "crisp.keras"
    for seed, file in enumerate(files):
        weights.save(random_generator(seed=seed).get_weights(), TINY, file)
    return files


@pytest.mark.parametrize("strength", [0.25, 0.5])
def test_every_variable_is_the_weighted_mean(ends, strength):
    faithful, crisp = map(srgan_tf.load, ends)
    between = srgan_tf.load(ends[1], strength=strength, faithful=ends[0])
    assert [v.name for v in between.weights].count("moving_variance") == 2 * TINY.blocks + 1
    for f, c, b in zip(faithful.get_weights(), crisp.get_weights(), between.get_weights(), strict=True):
        expected = (1 - strength) * f.astype(np.float64) + strength * c.astype(np.float64)
        np.testing.assert_allclose(b, expected, rtol=1e-6, atol=1e-7)
        assert b.dtype == np.float32


@pytest.mark.parametrize("strength", [0, 1])
def test_strengths_0_and_1_are_the_networks_bit_for_bit(ends, strength):
    between = srgan_tf.load(ends[1], strength=strength, faithful=ends[0])
    for b, end in zip(between.get_weights(), srgan_tf.load(ends[strength]).get_weights(), strict=True):
        assert b.tobytes() == end.tobytes()


def test_an_end_keeps_its_negative_zeros():
    zero = [np.float32([-0.0])]
    assert np.signbit(weighted(zero, [np.float32([1])], 1)[0])
    assert np.signbit(weighted([np.float32([1])], zero, 0)[0])


@pytest.mark.parametrize("name", sorted(set(SRGANS) - {"srgan-photo-mobile"}))
def test_a_released_srgan_has_a_partner_and_works_halfway(name):
    partner = faithful_partner(name)
    others = {"srgan-mobile": "srresnet-mobile", "srgan-photo": "srresnet-photo"}
    assert partner == others.get(name, "srresnet-even")
    hr = np.asarray(sample_image(200, 280))
    lr = downscale(hr, 4, "pillow")
    psnr = []
    for model in (srgan_tf.load(partner), srgan_tf.load(name, strength=0.5), srgan_tf.load(name)):
        sr = srgan_tf.upscale(lr, model)
        psnr.append(-10 * np.log10(np.mean((sr.astype(float) - hr) ** 2)))
    # Two networks that do not lead to each other have a mean that is noise.
    assert psnr[1] > psnr[2] + 0.1, psnr
    assert psnr[1] > psnr[0] - 0.5, psnr


@pytest.mark.parametrize(
    "name", ["srresnet", "srresnet-mobile", "srgan-photo-mobile", "espcn", "srgan.keras", "runs/srgan"]
)
def test_other_models_have_no_partner(name):
    assert faithful_partner(name) is None


@pytest.mark.parametrize(
    ("model", "strength", "faithful", "message"),
    [
        ("srgan", 1.5, None, r"^--strength=1.5: expected a value from 0 \(faithful\) to 1 \(crisp\)$"),
        ("srgan", -0.1, None, "^--strength=-0.1: expected a value from 0"),
        ("srgan", float("nan"), None, "^--strength=nan: expected a value from 0"),
        ("srgan", None, "srresnet", "^--faithful=srresnet has no effect without --strength"),
        ("srresnet", 0.5, None, "which network is srresnet's at strength 0. Give --faithful: a released"),
        ("runs/mine", 0.5, None, "which network is runs/mine's at strength 0"),
        ("srgan", 0.5, "srresnet-mobile", "the crisp one have blocks 10 and 16, filters 32 and"),
        ("espcn", 0.5, "espcn", "espcn is a baseline; expected two generators"),
        ("srgan", 0.5, "a.tflite", "a.tflite: an exported file, whose weights stay as they are"),
        ("a.tflite", 0.5, "srresnet", "a.tflite: an exported file"),
        ("srgan", 0.5, "absent", "absent: no such model"),
    ],
)
def test_what_cannot_be_interpolated_is_one_line(model, strength, faithful, message):
    image = np.zeros((4, 4, 3), np.uint8)
    with pytest.raises(srgan_tf.UsageError, match=message) as loaded:
        srgan_tf.load(model, strength=strength, faithful=faithful)
    with pytest.raises(srgan_tf.UsageError, match=message):
        srgan_tf.upscale(image, model, strength=strength, faithful=faithful)
    assert "\n" not in str(loaded.value)


def test_two_shapes_of_the_same_size_differ_by_name():
    prelu, leaky = (network(GeneratorConfig(4, 1, 4, kind)) for kind in ("prelu", "leaky_relu"))
    with pytest.raises(srgan_tf.UsageError, match=r"have activation prelu and leaky_relu$"):
        interpolated(prelu, leaky, 0.5)


def test_a_run_directory_is_an_end_and_a_changed_end_counts(ends, tmp_path):
    run = RunDirectory(tmp_path / "run/pretrain")
    run.weights.mkdir(parents=True)
    file = run.weights / "step_00000001.keras"
    file.write_bytes(ends[0].read_bytes())
    image = np.asarray(sample_image(12, 10))
    between = srgan_tf.load(ends[1], strength=0.5, faithful=ends[0])
    expected = srgan_tf.upscale(image, between)
    given = {"strength": 0.5, "faithful": tmp_path / "run", "precision": "float32"}
    np.testing.assert_array_equal(srgan_tf.upscale(image, ends[1], **given), expected)
    assert np.any(srgan_tf.upscale(image, ends[1], precision="float32") != expected)
    weights.save(random_generator(seed=2).get_weights(), TINY, run.weights / "step_00000002.keras")
    assert np.any(srgan_tf.upscale(image, ends[1], **given) != expected)
    with pytest.raises(srgan_tf.UsageError, match=r"for models by name; give them to srgan_tf.load"):
        srgan_tf.upscale(image, between, strength=0.5)
    assert isinstance(between, keras.Model)
