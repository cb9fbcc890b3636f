"""The table and the images of `make demo`."""

import pytest
from PIL import Image

from srgan_tf.errors import UsageError
from srgan_tf.evaluation.comparison import draw
from tools.demo import HELD_OUT, evaluated, sample_images
from tools.gallery import PHOTOGRAPHS


def test_methods_are_drawn_with_their_values_on_photographs_that_no_run_was_trained_on(tmp_path, command):
    path = tmp_path / "released.png"
    done = command("-m", "tools.demo", str(path), "espcn")
    assert done.returncode == 0, done.stderr
    lines = [line.split() for line in done.stdout.splitlines()]
    assert ["x4:", "PSNR", "/", "SSIM"] in lines
    psnr = {line[1]: float(line[2]) for line in lines if line[:1] == ["paper"]}
    assert list(psnr) == ["nearest", "bicubic", "espcn"]
    assert psnr["espcn"] > psnr["bicubic"] > psnr["nearest"] > 20
    with Image.open(path) as image:
        assert image.width > 4 * 300
        assert image.height > 2 * 300


def test_chosen_methods_and_images_are_drawn(tmp_path):
    evaluation = evaluated(sample_images(HELD_OUT, "held out"), "nearest,bicubic", tmp_path)
    draw(evaluation, tmp_path, tmp_path / "one.jpg", methods=("bicubic",), images=("camera",), window=64)
    with Image.open(tmp_path / "one.jpg") as image:
        assert image.width < 3 * 150
        assert image.height < 200


def test_an_unknown_method_is_named(tmp_path):
    with pytest.raises(UsageError, match="unheard: unknown"):
        evaluated(sample_images(HELD_OUT, "held out"), "nearest,unheard", tmp_path)


def test_sample_images_are_in_scikit_images_wheel():
    for image in sample_images(HELD_OUT + PHOTOGRAPHS, "photographs"):
        assert image.path.is_file()
