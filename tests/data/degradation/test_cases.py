"""Named cases: every step against its definition, the same on every machine, and what is refused."""

import hashlib
import io
import re

import numpy as np
import pytest
import skimage
from PIL import Image

from srgan_tf.data.degradation import downscale
from srgan_tf.data.degradation.cases import (
    CLEAN,
    PHONE,
    Case,
    blurred,
    case_named,
    cases_named,
    compressed,
    content,
    degraded_lr,
    noisy,
)
from srgan_tf.data.degradation.passes import degraded_image
from srgan_tf.data.degradation.table import PHOTO, SECOND_ORDER
from srgan_tf.data.degradation.table_files import as_json
from srgan_tf.errors import UsageError

HR = skimage.data.astronaut()[40:136, 180:292]


@pytest.mark.parametrize(
    ("name", "case"),
    [
        ("clean", CLEAN),
        ("bicubic", CLEAN),
        ("jpeg75", Case("jpeg75", jpeg=75)),
        ("noise15", Case("noise15", noise=15)),
        ("blur1.2", Case("blur1.2", blur=1.2)),
        ("noise10.0+jpeg060", Case("noise10+jpeg60", noise=10, jpeg=60)),
        ("phone", Case("phone", blur=0.8, noise=4, jpeg=80)),
        ("photo", Case("photo", table=PHOTO)),
        ("second-order", Case("second-order", table=SECOND_ORDER)),
    ],
)
def test_a_name_is_read(name, case):
    assert case_named(name) == case


@pytest.mark.parametrize("sigma", [0.5, 1.2, 3.0])
def test_blur_is_a_gaussian_on_a_mirrored_image(sigma):
    radius = int(4 * sigma + 0.5)
    line = np.exp(-0.5 * (np.arange(-radius, radius + 1) / sigma) ** 2)
    line /= line.sum()
    padded = np.pad(HR.astype(np.float64), ((radius, radius), (radius, radius), (0, 0)), "symmetric")
    rows = sum(w * padded[i : i + HR.shape[0]] for i, w in enumerate(line))
    expected = sum(w * rows[:, i : i + HR.shape[1]] for i, w in enumerate(line))
    result = blurred(HR, sigma)
    assert result.dtype == np.uint8
    assert np.abs(result - expected).max() <= 0.5 + 1e-9


def test_noise_has_its_deviation_is_independent_and_differs_between_images():
    grey = np.full((200, 220, 3), 128, np.uint8)
    noise = noisy(grey, 15, "a").astype(int) - 128
    flat = noise.reshape(-1, 3)
    count = noise.size
    assert abs(noise.mean()) < 4 * 15 / np.sqrt(count)
    assert noise.std() == pytest.approx(np.sqrt(15**2 + 1 / 12), rel=4 / np.sqrt(2 * count))
    kurtosis = (noise.astype(float) ** 4).mean() / noise.var() ** 2
    assert kurtosis == pytest.approx(3, abs=4 * np.sqrt(24 / count))
    others = [noisy(grey, 15, "b")[..., 0].ravel().astype(float), np.roll(flat[:, 0], 1), *flat.T[1:]]
    for other in others:
        assert abs(np.corrcoef(flat[:, 0], other)[0, 1]) < 4 / np.sqrt(len(flat))
    assert set(np.unique(noisy(np.zeros_like(grey), 15, "a"))) >= {0, 1, 40}  # cut off, not wrapped
    assert noisy(np.full_like(grey, 255), 15, "a").max() == 255
    assert noisy(np.full_like(grey, 255), 15, "a").min() > 150


def test_noise_is_the_same_everywhere():
    field = noisy(np.full((16, 16, 3), 128, np.uint8), 10, "baby")
    assert (field == noisy(np.full((16, 16, 3), 128, np.uint8), 10, "baby")).all()
    assert hashlib.sha256(field.tobytes()).hexdigest()[:16] == "75a5e101843b7a89"


@pytest.mark.parametrize("quality", [10, 75, 98])
def test_jpeg_is_pillows_with_halved_chroma(quality):
    file = io.BytesIO()
    Image.fromarray(HR).save(file, "JPEG", quality=quality, subsampling=2)
    np.testing.assert_array_equal(compressed(HR, quality), np.asarray(Image.open(file)))


@pytest.mark.parametrize("way", ["pillow", "matlab"])
def test_steps_come_in_their_order_around_the_protocols_own_downscaling(way):
    clean = downscale(HR, 4, way)
    np.testing.assert_array_equal(degraded_lr(HR, 4, way, CLEAN, "a"), clean)
    expected = compressed(noisy(downscale(blurred(HR, 0.8), 4, way), 4, "a"), 80)
    np.testing.assert_array_equal(degraded_lr(HR, 4, way, PHONE, "a"), expected)
    np.testing.assert_array_equal(degraded_lr(HR, 4, way, case_named("jpeg50"), "a"), compressed(clean, 50))
    assert not np.array_equal(degraded_lr(HR, 4, way, PHONE, "b"), expected)


def test_a_table_draws_once_for_each_image(tmp_path):
    (tmp_path / "camera.json").write_text(as_json(SECOND_ORDER))
    case, own = case_named("second-order"), case_named(f"{tmp_path}/camera.json")
    assert own == Case("camera.json", table=SECOND_ORDER)
    first, second, other = (degraded_lr(HR, 4, "pillow", case, name) for name in ("a", "a", "b"))
    np.testing.assert_array_equal(first, second)
    np.testing.assert_array_equal(degraded_lr(HR, 4, "pillow", own, "a"), first)
    assert first.shape == other.shape == (24, 28, 3)
    assert not np.array_equal(first, other)
    seed = np.frombuffer(hashlib.sha256(b"2017 a").digest(), np.int64)[:2]
    clean = downscale(HR, 4, "pillow")
    expected = degraded_image(HR, clean, SECOND_ORDER, tuple(map(int, seed)), 4)
    np.testing.assert_array_equal(first, expected)


def test_what_lr_is_made_of_is_told_apart_and_its_name_is_not():
    cases = ["jpeg75", "jpeg50", "noise5", "blur1.2", "photo", "second-order"]
    assert len({content(case_named(name), "a") for name in cases} | {content(CLEAN, "a")}) == 7
    assert content(CLEAN, "a") == content(CLEAN, "b") == ""
    assert content(case_named("jpeg75"), "a") == content(case_named("jpeg75"), "b")
    assert content(case_named("noise5"), "a") != content(case_named("noise5"), "b")
    assert content(case_named("photo"), "a") != content(case_named("photo"), "b")
    assert content(PHONE, "a") == content(case_named("blur0.8+noise4+jpeg80"), "a")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "--degradation is empty: expected clean, bicubic, phone, photo, second-order, PATH.json, or"),
        (",", "--degradation is empty"),
        ("jpge75", "--degradation=jpge75: unknown 'jpge75': expected clean"),
        ("jpeg", "--degradation=jpeg: unknown 'jpeg'"),
        ("clean,noise5+grain3", "--degradation=noise5+grain3: unknown 'grain3'"),
        ("noise5+", "--degradation=noise5+: unknown ''"),
        ("noise-5", "unknown 'noise-5'"),
        ("clean+jpeg75", "unknown 'clean'"),
        ("noise5+blur1", "--degradation=noise5+blur1: blur after noise: expected each step once, in the"),
        ("jpeg75+noise5", "noise after jpeg: expected each step once, in the order blur, noise, jpeg"),
        ("jpeg75+jpeg50", "jpeg after jpeg: expected each step once"),
        ("jpeg0", "--degradation=jpeg0: jpeg0: expected a whole number from 1 to 100"),
        ("jpeg101", "jpeg101: expected a whole number from 1 to 100"),
        ("jpeg75.5", "jpeg75.5: expected a whole number from 1 to 100"),
        ("noise0", "noise0: expected a number from 0.1 to 100"),
        ("blur21", "blur21: expected a number from 0.1 to 20"),
        ("jpeg75,clean,jpeg075", "--degradation=jpeg75,clean,jpeg075: jpeg75 is named twice"),
        ("clean,bicubic", "clean is named twice"),
        ("absent.json", "--degradation=absent.json: no JSON that can be read"),
        ("my table.json", "--degradation=my table.json: a file called 'my table.json', which names folders"),
    ],
)
def test_what_makes_no_sense_is_one_line(text, message):
    with pytest.raises(UsageError, match=re.escape(message)) as error:
        cases_named(text)
    assert "\n" not in str(error.value)
