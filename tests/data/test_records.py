import numpy as np
import pytest
import tensorflow as tf

from srgan_tf.data.pipeline import batches
from srgan_tf.data.records import RecordSlice, read_feature, read_index, scan_records, walk
from srgan_tf.data.sampler import CropOptions
from srgan_tf.data.scan import Skipped
from srgan_tf.data.sources import open_source, open_tfrecord
from srgan_tf.errors import UsageError
from srgan_tf.images import decode_rgb
from tests.helpers import encoded, sample_image


def record(content, key="image/encoded"):
    feature = tf.train.Feature(bytes_list=tf.train.BytesList(value=[content]))
    return tf.train.Example(features=tf.train.Features(feature={key: feature})).SerializeToString()


def write_records(path, records):
    with tf.io.TFRecordWriter(str(path)) as writer:
        for each in records:
            writer.write(each)


@pytest.fixture
def files(tmp_path):
    """Five photographs in two files, as other programs write them, without an index."""
    images = [sample_image(40 + i, 50, i) for i in range(5)]
    forms = ["JPEG", "PNG", "BMP", "JPEG", "PNG"]
    records = [record(encoded(*pair)) for pair in zip(images, forms, strict=True)]
    write_records(tmp_path / "train-00000-of-00002", records[:3])
    write_records(tmp_path / "train-00001-of-00002", records[3:])
    return tmp_path


def test_places_are_those_that_tensorflow_reads(files):
    path = files / "train-00000-of-00002"
    places = walk(path)
    content = path.read_bytes()
    expected = [each.numpy() for each in tf.data.TFRecordDataset(str(path))]
    assert [content[start : start + length] for start, length in places] == expected


def test_images_in_the_order_of_the_files(files):
    source = open_tfrecord(str(files / "train-*"))
    assert source.heights.tolist() == [40, 41, 42, 43, 44]
    assert source.names == [f"train-00000-of-00002#{i}" for i in range(3)] + [
        f"train-00001-of-00002#{i}" for i in range(2)
    ]
    np.testing.assert_array_equal(decode_rgb(source.read(4)), np.asarray(sample_image(44, 50, 4)))
    lr, hr = next(iter(batches(source, CropOptions(batch_size=5, crop_size=40))))
    assert lr.shape == (5, 10, 10, 3)
    assert hr.shape == (5, 40, 40, 3)


def test_the_checksum_is_of_the_data_in_its_order_wherever_it_lies(files, tmp_path):
    def checksum(*names, cache=None):
        return scan_records(
            "x", [RecordSlice(files / n) for n in names], "image/encoded", cache=cache
        ).checksum

    names = ("train-00000-of-00002", "train-00001-of-00002")
    found = checksum(*names, cache=tmp_path / "cache")
    assert found.startswith("5 images, ")
    assert checksum(*names, cache=tmp_path / "cache") == found
    assert checksum(*reversed(names)) != found
    (files / names[0]).rename(files / "moved")
    assert checksum("moved", names[1]) == found
    images = [sample_image(40 + i, 50, i) for i in (1, 0)]  # the same sizes, pixels stored as they are
    for name, i in (("one", 0), ("other", 1)):
        write_records(files / name, [record(encoded(images[i].resize((40, 40)), "BMP"))])
    assert checksum("one") != checksum("other")


def test_a_pattern_may_begin_in_the_home_directory(files, monkeypatch):
    monkeypatch.setenv("HOME", str(files))
    assert len(open_source("tfrecord:~/train-*")) == 5


def test_slices(files):
    slices = [
        RecordSlice(files / "train-00000-of-00002", 1, 3),
        RecordSlice(files / "train-00001-of-00002", 1),
    ]
    assert scan_records("some", slices, "image/encoded").heights.tolist() == [41, 42, 44]


def test_the_cache_spares_walking_and_decoding(files, tmp_path):
    cache = tmp_path / "cache"
    first = open_tfrecord(str(files / "train-*"), cache=cache)
    kept = {path: path.stat().st_mtime_ns for path in cache.iterdir()}
    assert len(kept) == 5  # places and checksums of each file, and the findings
    again = open_tfrecord(str(files / "train-*"), cache=cache)
    assert again.heights.tolist() == first.heights.tolist()
    assert {path: path.stat().st_mtime_ns for path in cache.iterdir()} == kept


def test_unusable_records_are_named(tmp_path):
    path = tmp_path / "a.tfrecord"
    good = record(encoded(sample_image(40, 50), "PNG"))
    write_records(path, [good, b"\xff\xff", record(b"x", key="image"), record(b""), good])
    source = open_tfrecord(str(path))
    assert source.names == ["a.tfrecord#0", "a.tfrecord#4"]
    assert source.skipped == (
        Skipped("a.tfrecord#1", "the record is no tf.train.Example"),
        Skipped("a.tfrecord#2", "the record has no single bytes value 'image/encoded'"),
        Skipped("a.tfrecord#3", "empty file"),
    )


@pytest.mark.parametrize("cut", [1, 4, 100, -10])
def test_files_cut_short_are_refused(files, cut):
    path = files / "train-00001-of-00002"
    content = path.read_bytes()
    path.write_bytes(content[:-cut] if cut > 0 else content + b"0123456789")
    with pytest.raises(
        UsageError, match="train-00001-of-00002 is cut short or no uncompressed TFRecord file"
    ):
        open_tfrecord(str(files / "train-*"))


def test_compressed_files_are_refused(tmp_path):
    with tf.io.TFRecordWriter(str(tmp_path / "a.tfrecord"), "GZIP") as writer:
        writer.write(record(encoded(sample_image(40, 50), "PNG")))
    with pytest.raises(UsageError, match="no uncompressed TFRecord file: record 0, at byte 0"):
        open_tfrecord(str(tmp_path / "*.tfrecord"))


def test_an_index_that_does_not_fit_is_not_used(files):
    path = files / "train-00000-of-00002"
    for content in (
        "",
        "{}",
        "[1]",
        '{"size": 1, "offsets": [], "lengths": [], "names": [], "findings": [], "skipped": []}',
    ):
        path.with_name(path.name + ".index").write_text(content)
        assert read_index(path) is None
    assert len(open_tfrecord(str(files / "train-*"))) == 5


def test_read_feature(files):
    path = files / "train-00000-of-00002"
    start, length = walk(path)[1]
    np.testing.assert_array_equal(
        decode_rgb(read_feature(path, start, length, "image/encoded")), np.asarray(sample_image(41, 50, 1))
    )
