import dataclasses
import re

import numpy as np
import pytest
from PIL import Image

from srgan_tf import load
from srgan_tf.data.degradation import downscale, upscale_bicubic
from srgan_tf.data.ranges import lr_from_uint8, uint8_from_sr
from srgan_tf.evaluation.datasets import find_images
from srgan_tf.evaluation.methods import (
    ReadyImages,
    bicubic,
    images_of,
    nearest,
    parse_methods,
    weights_digest,
)
from srgan_tf.evaluation.protocols import PROTOCOLS
from srgan_tf.exporting.runtimes import convert
from srgan_tf.inference.upscaler import upscale
from srgan_tf.metrics import community
from srgan_tf.metrics.score import as_rgb
from srgan_tf.models.generator import GeneratorConfig, generator
from srgan_tf.models.weights import save as save_generator
from srgan_tf.new_config import new_config
from srgan_tf.run_directory import save_config
from srgan_tf.selfexsr.method import upscaled
from tests.helpers import random_generator, sample_image, save

TINY = GeneratorConfig(4, 1, 4)


@pytest.fixture
def weights(tmp_path):
    path = tmp_path / "tiny.keras"
    save_generator(generator(TINY).get_weights(), TINY, path)
    return path


def test_nearest_is_pillows(astronaut):
    lr = astronaut[:9, :7]
    expected = Image.fromarray(lr).resize((28, 36), Image.Resampling.NEAREST)
    np.testing.assert_array_equal(nearest(4).upscale(lr, "pillow"), np.asarray(expected))


def test_bicubic_of_protocol_paper_is_pillows(astronaut):
    lr = astronaut[:30, :20]
    np.testing.assert_array_equal(bicubic(4).upscale(lr, "pillow"), upscale_bicubic(lr, 4, "pillow"))


def test_bicubic_of_protocol_community_is_matlabs_but_for_the_rounding_of_its_planes(astronaut):
    lr = astronaut[:60, :50]
    sr = bicubic(4).upscale(lr, "matlab").astype(int)
    difference = np.abs(sr - upscale_bicubic(lr, 4, "matlab"))
    assert difference.max() <= 12  # saturated colours
    assert difference.mean() < 1


@pytest.mark.parametrize(
    ("benchmark", "psnr", "ssim"),
    [
        ("Set5", 28.42, (0.8102, 0.8105)),
        ("Set14", 26.09, (0.7042, 0.7042)),
        ("BSD100", 25.96, (0.6674, 0.6674)),
    ],
)
def test_bicubic_of_protocol_community_has_its_customary_figures(srgan_data, benchmark, psnr, ssim):
    scores = []
    for path in sorted((srgan_data / "benchmarks" / benchmark).glob("*.png")):
        hr = as_rgb(np.asarray(Image.open(path)))
        lr = downscale(hr, 4, PROTOCOLS["community"].downscale)
        scores.append(community.score(bicubic(4).upscale(lr, "matlab"), hr, 4))
    assert np.mean([s.psnr for s in scores]) == pytest.approx(psnr, abs=0.01)
    low, high = ssim
    assert low - 0.0005 <= np.mean([s.ssim for s in scores]) <= high + 0.0005


def test_methods_are_interpolations_networks_runs_and_images(tmp_path, weights, theirs):
    run = tmp_path / "run" / "pretrain"
    (run / "weights").mkdir(parents=True)
    (run / "weights/step_00000001.keras").write_bytes(weights.read_bytes())
    save_config(new_config({"data": "sample", "blocks": 1, "filters": 4}), run / "config.json")
    text = f"nearest, bicubic,one={weights},two={run.parent},theirs={theirs},sets={tmp_path}/{{set}}/x"
    methods, problems = parse_methods(text, 4)
    assert problems == []
    assert [m.name for m in methods] == ["nearest", "bicubic", "one", "two", "theirs", "sets"]
    one, two = methods[2:4]
    assert one.fingerprint == two.fingerprint  # the same weights, wherever they are
    lr = np.random.default_rng(0).integers(0, 256, (6, 5, 3)).astype(np.uint8)
    sr = one.upscale(lr, "pillow")
    assert (sr.shape, sr.dtype) == ((24, 20, 3), np.uint8)
    np.testing.assert_array_equal(sr, two.upscale(lr, "pillow"))
    assert isinstance(methods[4], ReadyImages)


def test_other_weights_have_another_fingerprint(tmp_path, weights):
    config = GeneratorConfig(4, 1, 4)
    save_generator(generator(config).get_weights(), config, tmp_path / "other.keras")
    methods, _ = parse_methods(f"a={weights},b={tmp_path}/other.keras", 4)
    assert methods[0].fingerprint != methods[1].fingerprint


def test_selfexsr_without_planes_is_a_method_of_its_own():
    found, problems = parse_methods("selfexsr,selfexsr-affine", 2)
    assert not problems
    assert len({method.fingerprint for method in found}) == 2
    lr = np.asarray(sample_image(24, 28))
    np.testing.assert_array_equal(found[1].upscale(lr, "pillow"), upscaled(lr, 2, planes=False))


def test_skip_connections_count_and_older_reports_stay_valid():
    """The second digest is that of the released model before networks without skip connections."""
    config = GeneratorConfig(4, 1, 4)
    model, without = generator(config), generator(dataclasses.replace(config, skip_connections=False))
    without.set_weights(model.get_weights())
    assert weights_digest(model) != weights_digest(without)
    known = "80c5adc5f9648e5b4116c4fec4a8de949b7c44eae9e840bd247c0caff07e15b7"
    assert weights_digest(load("srresnet-mobile")) == known


def test_a_network_in_16_bit_says_so_and_is_not_taken_for_the_other(weights):
    (plain,), _ = parse_methods(f"a={weights}", 4)
    (reduced,), _ = parse_methods(f"a={weights}", 4, "bfloat16")
    assert plain.fingerprint != reduced.fingerprint
    assert reduced.about == f"{plain.about}, bfloat16"
    lr = np.random.default_rng(0).integers(0, 256, (6, 5, 3)).astype(np.uint8)
    difference = reduced.upscale(lr, "pillow").astype(int) - plain.upscale(lr, "pillow")
    assert np.abs(difference).max() <= 4


@pytest.mark.parametrize(
    ("item", "message"),
    [
        ("lanczos", "unknown; expected nearest, bicubic"),
        ("selfexsr+", "is for networks; leave out the +"),
        ("mine=absent.keras", "absent.keras: no such model"),
        ("original=DIR", "not 'original'"),
        ("../x=DIR", "a name has letters"),
        ("nearest", "named twice"),
    ],
)
def test_a_method_that_cannot_be_used_is_named_and_the_others_stay(item, message):
    methods, problems = parse_methods(f"nearest,{item},bicubic", 4)
    assert [m.name for m in methods] == ["nearest", "bicubic"]
    assert len(problems) == 1
    assert item in problems[0]
    assert message in problems[0]


def test_a_network_of_another_scale_is_refused(weights):
    methods, problems = parse_methods(f"mine={weights}", 2)
    assert methods == []
    assert "upscales by 4, the comparison is for --scale=2" in problems[0]


def test_images_are_matched_by_name(tmp_path, benchmarks, astronaut):
    originals = {o.name: o for o in find_images(benchmarks)}
    names = set({"a", "a_1", "b"})
    folder = tmp_path / "sr" / "Small"
    for name in ("a_1.png", "a-x4.png", "b.png", "b_x4.png", "ab.png"):
        save(astronaut[:8, :8], folder / name)
    method = ReadyImages("theirs", str(folder.parent))
    assert [p.name for p in images_of(method, originals["a"], names)] == ["a-x4.png"]
    assert [p.name for p in images_of(method, originals["b"], names)] == ["b.png"]
    by_set = ReadyImages("theirs", str(tmp_path / "sr" / "{set}"))
    assert images_of(by_set, originals["b"], names) == images_of(method, originals["b"], names)
    assert images_of(by_set, originals["face0"], names) == []


@pytest.mark.slow
def test_a_tflite_file_is_a_method(tmp_path, astronaut):
    model = generator(TINY)
    file, fixed = tmp_path / "any.tflite", tmp_path / "fixed.tflite"
    file.write_bytes(convert(model, "float32", None, []))
    fixed.write_bytes(convert(model, "float32", 16, []))
    (method,), problems = parse_methods(f"phone={file}", 4)
    assert not problems
    lr = astronaut[:20, :30]
    expected = uint8_from_sr(model(lr_from_uint8(lr)[None])[0].numpy()).astype(int)
    assert np.abs(method.upscale(lr, "pillow") - expected).max() <= 1
    for given, scale, message in (
        (file, 2, "upscales by 4"),
        (fixed, 4, "takes images of 16x16 only"),
        (tmp_path / "absent.tflite", 4, "no such file"),
    ):
        methods, problems = parse_methods(f"phone={given}", scale)
        assert not methods
        assert message in problems[0]


def test_a_network_between_two_and_a_self_ensemble_have_rows_of_their_own(tmp_path, weights):
    other = tmp_path / "a:0.5.keras"  # which exists, so that its name is a path
    save_generator(random_generator(TINY, seed=3).get_weights(), TINY, other)
    text = f"a={weights},b={other},soft={weights}:0.25:{other},soft+={weights}:0.25:{other}+,b+={other}+"
    methods, problems = parse_methods(text, 4)
    assert not problems
    assert [m.name for m in methods] == ["a", "b", "soft", "soft+", "b+"]
    assert len({m.fingerprint for m in methods}) == 5
    lr = np.random.default_rng(0).integers(0, 256, (9, 7, 3)).astype(np.uint8)
    between = load(weights, strength=0.25, faithful=other)
    for method, ensemble in ((methods[2], False), (methods[3], True)):
        expected = upscale(between, lr, mirror=False, self_ensemble=ensemble)
        np.testing.assert_array_equal(method.upscale(lr, "pillow"), expected)
    turned = methods[4].upscale(lr.swapaxes(0, 1), "pillow").swapaxes(0, 1).astype(int)
    assert np.abs(turned - methods[4].upscale(lr, "pillow")).max() <= 1


def test_released_names_take_a_strength_and_a_plus():
    methods, problems = parse_methods("srresnet-mobile,srresnet-mobile+,soft=srgan-mobile:0.5", 4)
    assert not problems
    assert [m.name for m in methods] == ["srresnet-mobile", "srresnet-mobile+", "soft"]
    assert methods[2].about == "network from srgan-mobile:0.5"


@pytest.mark.parametrize(
    ("item", "message"),
    [
        ("soft=srgan:1.5", "--strength=1.5: expected a value from 0"),
        ("soft=srgan:nan", "--strength=nan: expected a value from 0"),
        ("soft=espcn:0.5", "which network is espcn's at strength 0"),
        ("bicubic+", "an interpolation is the same for an image however it is turned"),
        ("theirs={folder}+", "strengths and \\+ are for weights and runs"),
        ("phone={folder}/a.tflite:0.5", "strengths and \\+ are for weights and runs"),
        ("srgan:0.5", "a name has letters"),
    ],
)
def test_a_spelling_that_cannot_work_is_one_line(tmp_path, item, message):
    methods, (problem,) = parse_methods(item.format(folder=tmp_path), 4)
    assert not methods
    assert re.search(message, problem)
