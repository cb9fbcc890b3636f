"""SelfExSR as a whole, on images of which one knows what there is to be found in them."""

import numpy as np
import pytest
from PIL import Image

from srgan_tf.commands.upscale import main
from srgan_tf.data.degradation import downscale, upscale_bicubic
from srgan_tf.errors import UsageError
from srgan_tf.evaluation.methods import parse_methods
from srgan_tf.inference.upscaler import Need
from srgan_tf.selfexsr import method, search
from srgan_tf.selfexsr.method import upscaled, upscaler


def psnr(one, other):
    difference = (one.astype(np.float64) - other)[4:-4, 4:-4]
    return 10 * np.log10(255**2 / (difference**2).mean())


@pytest.fixture
def quick(monkeypatch):
    """One iteration a level, and chunks that are no larger than these images."""
    monkeypatch.setattr(method, "ITERATIONS", (1,))
    for module in (method, search):
        monkeypatch.setattr(module, "CHUNK", 1024)


def repeating(side):
    """Returns an image that repeats itself at every scale: rings whose widths grow with their distance."""
    y, x = np.mgrid[:side, :side] - side * 0.1
    radius = np.hypot(x, y) + 1
    rings = np.where(np.sin(2 * np.pi * np.log2(radius) * 3) > 0, 200.0, 50.0)
    spokes = np.where(np.sin(12 * np.arctan2(y, x)) > 0, 30.0, 0.0)
    return (rings + spokes).astype(np.uint8)[:, :, None].repeat(3, 2)


@pytest.mark.slow
def test_what_is_there_at_another_scale_is_restored():
    fine = repeating(256).astype(np.float32)
    hr = np.clip(fine.reshape(128, 2, 128, 2, 3).mean((1, 3)), 0, 255).astype(np.uint8)
    lr = downscale(hr, 4, "matlab")
    bicubic = psnr(upscale_bicubic(lr, 4, "matlab"), hr)
    assert psnr(upscaled(lr), hr) >= bicubic + 2


@pytest.mark.usefixtures("quick")
def test_the_seed_decides_and_not_the_number_of_threads(monkeypatch, astronaut):
    lr = astronaut[40:64, 90:120]
    first = upscaled(lr, seed=3)
    np.testing.assert_array_equal(first, upscaled(lr, seed=3))
    assert (first != upscaled(lr, seed=4)).any()
    monkeypatch.setattr(method, "threads", lambda: 3)
    np.testing.assert_array_equal(first, upscaled(lr, seed=3))


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    ("size", "factor"), [((8, 8), 4), ((8, 21), 4), ((30, 9), 2), ((9, 8), 3), ((8, 8), 8)]
)
def test_small_images_and_all_factors(astronaut, size, factor):
    lr = astronaut[50 : 50 + size[0], 200 : 200 + size[1]]
    sr = upscaled(lr, factor)
    assert (sr.shape, sr.dtype) == ((factor * size[0], factor * size[1], 3), np.uint8)
    # Its mean over each block is the pixel's value, nearly: what is upscaled is this image.
    blocks = sr.reshape(size[0], factor, size[1], factor, 3).mean((1, 3))
    assert np.abs(blocks - lr).mean() < 6


@pytest.mark.usefixtures("quick")
def test_grey_is_the_same_in_one_channel_and_in_three(astronaut):
    grey = astronaut[40:60, 90:110, :1]
    one = upscaled(grey)
    assert one.shape == (80, 80, 1)
    np.testing.assert_array_equal(one.repeat(3, 2), upscaled(grey.repeat(3, 2)))


@pytest.mark.usefixtures("quick")
def test_it_tells_of_its_progress(astronaut):
    told = []
    upscaled(astronaut[:12, :12], done=told.append)
    assert told == sorted(told)
    assert len(told) == 6
    assert told[-1] == pytest.approx(1)


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (np.zeros((7, 20, 3), np.uint8), "the image is 20x7, expected at least 8x8"),
        (np.zeros((9, 9, 3), np.float32), "of float32: expected uint8 or uint16"),
        (np.zeros((9, 9, 4), np.uint8), "expected uint8 or uint16 of shape"),
    ],
)
def test_what_it_cannot_do_is_said_in_one_line(image, message):
    with pytest.raises(UsageError, match=message):
        upscaled(image)


@pytest.mark.usefixtures("quick")
def test_as_a_method_of_the_evaluation(astronaut):
    (found,), problems = parse_methods("selfexsr", 4)
    assert not problems
    lr = astronaut[:10, :10]
    np.testing.assert_array_equal(found.upscale(lr, "matlab"), upscaled(lr))


@pytest.mark.usefixtures("quick")
def test_by_command(main_in_process, astronaut, tmp_path):
    Image.fromarray(astronaut[40:60, 90:110]).save(tmp_path / "small.png")
    code, printed, _ = main_in_process(main, tmp_path / "small.png", "--model=selfexsr")
    assert (code, printed) == (0, f"{tmp_path}/small_x4.png: 80x80\n")
    sr = np.asarray(Image.open(tmp_path / "small_x4.png"))
    np.testing.assert_array_equal(sr, upscaled(astronaut[40:60, 90:110]))


@pytest.mark.usefixtures("quick")
def test_sixteen_bits_stay_sixteen_bits(main_in_process, tmp_path, astronaut):
    fine = astronaut[40:60, 90:110].astype(np.uint16) * 257
    np.testing.assert_array_equal(upscaled(fine, dtype=np.uint8), upscaled(astronaut[40:60, 90:110]))
    grey = fine[:, :, 0] + np.arange(20, dtype=np.uint16)
    Image.fromarray(grey).save(tmp_path / "grey.png")
    code, _, _ = main_in_process(main, tmp_path / "grey.png", "--model=selfexsr")
    sr = np.asarray(Image.open(tmp_path / "grey_x4.png"))
    assert (code, sr.dtype, sr.shape) == (0, np.uint16, (80, 80))
    np.testing.assert_array_equal(sr, upscaled(grey[:, :, None])[:, :, 0])
    assert (sr % 257 != 0).mean() > 0.9


@pytest.mark.parametrize(
    "flag", ["--precision=float32", "--strength=0.5", "--self_ensemble", "--faithful=srgan"]
)
def test_flags_of_networks_are_refused_by_name(main_in_process, tmp_path, astronaut, flag):
    Image.fromarray(astronaut[:20, :20]).save(tmp_path / "small.png")
    code, _, error = main_in_process(main, tmp_path / "small.png", "--model=selfexsr", flag)
    assert code == 2
    assert error.startswith(f"error: {flag.partition('=')[0]} has no effect on --model=selfexsr")


def test_an_image_that_is_too_large_for_the_memory_is_refused_at_once(astronaut):
    with pytest.raises(UsageError, match=r"needs .* GB for an image of 512x512.*--max_memory"):
        upscaler(10**9).strips(astronaut, np.uint8, Need(), None)
