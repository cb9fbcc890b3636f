"""The command: a sheet of draws with their values, and tables as JSON."""

import re

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image, ImageDraw, ImageFont

from srgan_tf.data.degradation.__main__ import main
from srgan_tf.data.degradation.bicubic import downscale
from srgan_tf.data.degradation.draws import drawn
from srgan_tf.data.degradation.passes import degraded_image
from srgan_tf.data.degradation.sheet import GAP, LINE, TEXT, centre_crop, described
from srgan_tf.data.degradation.table import PHOTO, TABLES
from srgan_tf.data.degradation.table_files import table_named
from tests.helpers import opened, sample_image, save


def draw_of(*seed, name="photo"):
    return drawn(TABLES[name], tf.constant(seed, tf.int64))


def written(lines, shape):
    """Lines of text on white."""
    drawing = Image.new("RGB", (shape[1], shape[0]), "white")
    for i, line in enumerate(lines):
        ImageDraw.Draw(drawing).text((0, 4 + i * LINE), line, "black", ImageFont.load_default(TEXT))
    return np.asarray(drawing)


@pytest.mark.slow
def test_a_sheet_shows_the_middle_of_the_image_sixteen_times(tmp_path, main_in_process):
    image = np.asarray(sample_image(38, 50))
    save(image, tmp_path / "photo.png")
    output = tmp_path / "new" / "sheet.png"
    code, out, err = main_in_process(main, "show", tmp_path / "photo.png", "--seed=3", f"--output={output}")
    assert (code, out, err) == (0, f"written to {output}\n", "")
    shown = opened(output)
    hr = image[1:37, 1:49]
    clean = downscale(hr, 4, "pillow")
    step = (shown.shape[1] - GAP) // 4, (shown.shape[0] - GAP) // 4
    for number in range(16):
        x, y = GAP + number % 4 * step[0], GAP + number // 4 * step[1]
        if number in (0, 7, 10):
            lr = degraded_image(hr, clean, PHOTO, (3, number), 4)
            np.testing.assert_array_equal(shown[y : y + 36, x : x + 48], lr.repeat(4, 0).repeat(4, 1))
        below = shown[y + 36 : y + step[1] - GAP, x : x + step[0] - GAP]
        np.testing.assert_array_equal(below, written(described(draw_of(3, number)), below.shape))
        assert (below < 100).any()
        assert (shown[:, x - GAP : x] == 255).all(), "text does not reach the next panel"


def test_a_description_has_a_line_for_each_step_in_order():
    draws = [draw_of(0, number, name="second-order") for number in range(40)]
    for draw in draws:
        lines = described(draw)
        text = "\n".join(lines)
        assert len(lines) <= 12
        qualities = [int(draw.first.quality), int(draw.second.quality)]
        assert re.findall(r"^JPEG (\d+)$", text, re.MULTILINE) == list(map(str, qualities))
        levels = [f"{float(of.level):.2f}" for of in (draw.first, draw.second)]
        assert re.findall(r"^noise \w+ ([\d.]+)(?:, grey)?$", text, re.MULTILINE) == levels
        assert text.count("to LR") == 1
        assert (text.index("to LR") < text.rindex("noise")) == (draw.second.factor == 1)
        assert (lines[-1].startswith("JPEG")) == bool(draw.jpeg_last) or draw.second.factor == 1
        factors = [float(of.factor) for of in (draw.first, draw.second) if of.factor != 1]
        assert re.findall(r"^size x ([\d.]+)", text, re.MULTILINE) == [f"{factor:.2f}" for factor in factors]


def test_a_clean_draw_says_so():
    clean = next(draw for draw in (draw_of(0, number) for number in range(40)) if draw.clean)
    assert described(clean) == ["clean: bicubic alone"]


def test_the_middle():
    image = np.arange(300 * 401 * 3).reshape(300, 401, 3)
    np.testing.assert_array_equal(centre_crop(image, 4), image[6:294, 56:344])
    np.testing.assert_array_equal(centre_crop(image[:5, :7], 4), image[:4, 1:5])


@pytest.mark.parametrize("name", TABLES)
def test_a_printed_table_is_one_to_start_from(tmp_path, main_in_process, name):
    code, out, _ = main_in_process(main, "table", name)
    assert code == 0
    (tmp_path / "mine.json").write_text(out)
    assert table_named(str(tmp_path / "mine.json")) == TABLES[name]
    assert main_in_process(main, "table", tmp_path / "mine.json")[1] == out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["show", "IMAGE", "--degradation=bicubic"], "bicubic draws nothing at random and has no table"),
        (
            ["show", "IMAGE", "--degradation=none"],
            "--degradation=none: expected bicubic, photo, second-order",
        ),
        (["show", "IMAGE", "--output=sheet.txt"], "--output=sheet.txt: expected a name that ends with .png"),
        (["show", "IMAGE", "--seed=-1"], "--seed=-1: expected 0 or more"),
        (["show", "absent.png"], "absent.png: no image that can be read"),
        (["show", "SMALL"], "an image of 3x9 pixels is too small for --scale=4: expected 4 pixels or more"),
        (["show"], "expected IMAGE, found nothing"),
        (["table", "photos"], "--degradation=photos: expected bicubic, photo, second-order"),
        (["table", "bicubic"], "bicubic draws nothing at random and has no table"),
        ([], "a command is missing: expected show, table"),
    ],
)
def test_wrong_use_is_one_line_and_nothing_is_written(
    tmp_path, monkeypatch, main_in_process, arguments, message
):
    monkeypatch.chdir(tmp_path)
    places = {"IMAGE": tmp_path / "image.png", "SMALL": tmp_path / "small.png"}
    save(sample_image(8, 8), places["IMAGE"])
    save(Image.new("RGB", (3, 9)), places["SMALL"])
    code, out, err = main_in_process(main, *(places.get(argument, argument) for argument in arguments))
    assert code == 2
    assert message in err
    assert len(err.splitlines()) == 1
    assert not out
    assert sorted(tmp_path.iterdir()) == sorted(places.values())
