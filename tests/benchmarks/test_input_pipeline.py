import numpy as np
import pytest
import tensorflow as tf
from PIL import Image
from skimage import data

from benchmarks.input_pipeline import crops, degraded, photographs, plain, taking, waiting
from srgan_tf.data.sources import open_source


@pytest.fixture(scope="module")
def photographs_of_128(tmp_path_factory):
    """A folder of eight photographs as JPEG, large enough for the paper's crops."""
    folder = tmp_path_factory.mktemp("photographs")
    for i in range(8):
        y, x = divmod(i, 4)
        Image.fromarray(data.astronaut()[128 * y :, 128 * x :][:128, :128]).save(folder / f"photo{i}.jpg")
    return folder


def test_the_plain_pipeline_gives_what_ours_gives(photographs_of_128):
    lr, hr = next(iter(plain(photographs_of_128)))
    assert (lr.shape, hr.shape) == ((16, 24, 24, 3), (16, 96, 96, 3))
    assert np.ptp(lr) > 0.2
    np.testing.assert_allclose(
        tf.image.resize((hr + 1) / 2, (24, 24), "bicubic", antialias=True), lr, atol=1e-4
    )


def test_every_turn_takes_its_batches_from_the_start():
    taken = []

    def numbers():
        for i in range(9):
            taken.append(i)
            yield i

    way = taking(tf.data.Dataset.from_generator(numbers, output_signature=tf.TensorSpec((), tf.int64)), 3)
    assert all(way() > 0 for _ in range(2))
    assert [taken.count(i) for i in range(3)] == [2, 2, 2]


@pytest.mark.slow
def test_every_source_is_measured(photographs_of_128):
    rows = crops(photographs_of_128, rounds=1, count=1, plain_count=1)
    assert [row.goal for row in rows] == [0.2, 0.2, None, None, 0.05, 0.05]
    assert all(row.rounds == 1 and row.ratio > 0 for row in rows)


@pytest.mark.slow
def test_degraded_crops_are_measured_against_the_step(photographs_of_128):
    row = degraded(photographs_of_128, rounds=1, count=1, blocks=1, filters=8)
    assert (row.goal, row.rounds) == (0.25, 1)
    assert row.ratio == pytest.approx(row.seconds / row.seconds_against)
    assert "--degradation=photo" in row.name


@pytest.mark.slow
def test_waiting_is_a_share_of_the_trainers_time(photographs_of_128):
    row = waiting(photographs_of_128, steps=6, every=2, blocks=1, filters=8)
    assert row.rounds == 2
    assert 0 < row.low <= row.ratio <= row.high < 1
    assert row.seconds < row.seconds_against


def test_without_other_data_the_photographs_are_scikit_images(monkeypatch):
    monkeypatch.delenv("SRGAN_DATA", raising=False)
    with photographs() as folder:
        assert open_source(str(folder), min_size=96).names == open_source("sample", min_size=96).names
    assert not folder.exists()


def test_other_data_is_taken_where_it_is(monkeypatch, tmp_path):
    monkeypatch.setenv("SRGAN_DATA", str(tmp_path))
    with photographs() as folder:
        assert folder == tmp_path / "train" / "photos"
