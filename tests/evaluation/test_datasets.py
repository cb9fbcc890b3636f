from pathlib import Path

import pytest

from srgan_tf.errors import UsageError
from srgan_tf.evaluation.datasets import find_images
from tests.helpers import save


def test_each_folder_is_a_dataset_and_small_ones_come_first(benchmarks):
    (benchmarks / "Small/notes.txt").write_text("no image")
    (benchmarks / "Small/.hidden.png").write_text("no image either")
    found = [(o.dataset, o.name) for o in find_images(benchmarks)]
    assert found == [("Small", "a"), ("Small", "b"), *(("Large", f"face{i}") for i in range(3))]


def test_a_folder_with_images_is_a_dataset_itself(benchmarks):
    assert [(o.dataset, o.name) for o in find_images(benchmarks / "Small")] == [
        ("Small", "a"),
        ("Small", "b"),
    ]


def test_a_linked_dataset_is_called_as_its_link(tmp_path, benchmarks):
    (tmp_path / "links").mkdir()
    (tmp_path / "links/Mine").symlink_to(benchmarks / "Small")
    assert {i.dataset for i in find_images(tmp_path / "links")} == {"Mine"}
    assert {i.dataset for i in find_images(tmp_path / "links/Mine")} == {"Mine"}
    assert {i.dataset for i in find_images(tmp_path / "links/../links")} == {"Mine"}


def test_a_dataset_named_by_its_place_takes_its_folders_name(benchmarks, monkeypatch):
    monkeypatch.chdir(benchmarks / "Small")
    assert {i.dataset for i in find_images(Path())} == {"Small"}


def test_what_is_no_collection_of_datasets_is_named(tmp_path, benchmarks, astronaut):
    with pytest.raises(UsageError, match="absent: no such folder"):
        find_images(tmp_path / "absent")
    (tmp_path / "empty/Set5").mkdir(parents=True)
    with pytest.raises(UsageError, match="empty: no image in it"):
        find_images(tmp_path / "empty")
    save(astronaut[:8, :8], benchmarks / "Small/a.bmp")
    with pytest.raises(UsageError, match="two images of one name"):
        find_images(benchmarks)
