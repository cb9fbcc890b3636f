import numpy as np

from srgan_tf.evaluation.comparison import GAP, LABEL_HEIGHT, Version, Window, busiest_window, side_by_side


def test_the_busiest_window_is_where_the_detail_is():
    image = np.full((60, 80, 3), 128, np.uint8)
    image[30:40, 50:60] = np.random.default_rng(0).integers(0, 256, (10, 10, 3))
    window = busiest_window(image, 16)
    assert window.side == 16
    assert 24 <= window.top <= 30
    assert 44 <= window.left <= 50


def test_a_window_is_no_larger_than_the_image():
    assert busiest_window(np.zeros((20, 30, 3), np.uint8), 64).side == 20


def test_images_stand_side_by_side_with_repeated_pixels():
    rng = np.random.default_rng(1)
    images = rng.integers(0, 256, (3, 20, 24, 3), dtype=np.uint8)
    versions = [Version(f"method {i}", "figures", p) for i, p in enumerate(images)]
    sheet = np.asarray(side_by_side([(Window(4, 6, 10), versions)], magnify=3))
    assert sheet.shape == (LABEL_HEIGHT + 30 + 2 * GAP, 3 * 30 + 4 * GAP, 3)
    for i, image in enumerate(images):
        left = GAP + i * (30 + GAP)
        shown = sheet[GAP + LABEL_HEIGHT : GAP + LABEL_HEIGHT + 30, left : left + 30]
        expected = image[4:14, 6:16].repeat(3, 0).repeat(3, 1)
        np.testing.assert_array_equal(shown, expected)
        label = sheet[GAP : GAP + LABEL_HEIGHT, left : left + 30]
        assert (label < 100).any(), "the label is written above"
