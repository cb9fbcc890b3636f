import pytest

from srgan_tf.errors import UsageError
from srgan_tf.evaluation.originals import find_originals
from srgan_tf.images import read_rgb
from tests.helpers import save


def test_each_folder_is_a_data_set_and_small_ones_come_first(benchmarks):
    (benchmarks / "Small/notes.txt").write_text("no image")
    (benchmarks / "Small/.hidden.png").write_text("no image either")
    found = [(o.benchmark, o.name) for o in find_originals(benchmarks)]
    assert found == [("Small", "a"), ("Small", "b"), *(("Large", f"face{i}") for i in range(3))]


def test_a_folder_with_images_is_a_data_set_itself(benchmarks):
    assert [(o.benchmark, o.name) for o in find_originals(benchmarks / "Small")] == [
        ("Small", "a"),
        ("Small", "b"),
    ]


def test_a_grey_image_has_three_equal_channels(benchmarks):
    picture = read_rgb(benchmarks / "Small/b.png")
    assert picture.shape == (50, 53, 3)
    assert (picture == picture[..., :1]).all()


def test_what_is_no_collection_of_data_sets_is_named(tmp_path, benchmarks, astronaut):
    with pytest.raises(UsageError, match="absent: no such folder"):
        find_originals(tmp_path / "absent")
    (tmp_path / "empty/Set5").mkdir(parents=True)
    with pytest.raises(UsageError, match="empty: no image in it"):
        find_originals(tmp_path / "empty")
    save(astronaut[:8, :8], benchmarks / "Small/a.bmp")
    with pytest.raises(UsageError, match="two images of one name"):
        find_originals(benchmarks)
