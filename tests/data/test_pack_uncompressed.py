"""Packed as pixels: the same images and batches as from the folder."""

import shutil

import numpy as np
import pytest

from srgan_tf.data.decode import Decoder
from srgan_tf.data.pack import pack
from srgan_tf.data.pipeline import batches
from srgan_tf.data.records import index_path
from srgan_tf.data.sampler import CropOptions
from srgan_tf.data.shards import Shard, pack_shard
from srgan_tf.data.sources import open_source, open_tfrecord
from srgan_tf.errors import UsageError
from srgan_tf.images import decode_rgb
from tests.helpers import contents, encoded, sample_image


def first(spec, options, count=5, min_size=48):
    dataset = batches(open_source(spec, min_size=min_size), options)
    return [part for element in dataset.take(count) for part in element]


@pytest.fixture(scope="module")
def uncompressed(collection, tmp_path_factory):
    target = tmp_path_factory.mktemp("uncompressed") / "packed"
    out, _ = pack(collection, target, images_per_shard=4, min_size=48, workers=1, uncompressed=True)
    assert out.startswith("packed 6 of 10 images into 3 files\nleft out 4:\n")
    return target


@pytest.mark.slow
def test_uncompressed_holds_the_pixels_that_the_folder_has(collection, uncompressed):
    source = open_tfrecord(str(uncompressed / "*.tfrecord"))
    assert source.names == ["a.jpg", "b.png", "c.png", "d.jpg", "e.webp", "inside/f.bmp"]
    assert set(source.decoders) == {Decoder.BMP}
    for i, name in enumerate(source.names):
        rgb = decode_rgb((collection / name).read_bytes())
        assert rgb.shape == (source.heights[i], source.widths[i], 3)
        np.testing.assert_array_equal(decode_rgb(source.read(i)), rgb)
        part = source.read_part(i, range(10, 50), range(5, 6))
        np.testing.assert_array_equal(part, rgb[10:50, 5:6])


@pytest.mark.slow
@pytest.mark.parametrize("crops_per_image", [1, 3])
@pytest.mark.parametrize(
    ("crop_size", "min_size", "batch_size"),
    [
        (48, 48, 6),  # every window reaches past a border
        (8, 0, 6),
        (48, 53, 3),  # images are left out on opening
    ],
)
def test_uncompressed_gives_the_batches_of_the_folder(
    collection, uncompressed, crop_size, min_size, batch_size, crops_per_image
):
    options = CropOptions(
        batch_size=batch_size, crop_size=crop_size, augment=True, crops_per_image=crops_per_image
    )
    least = max(min_size, 48)  # as packed
    here = first(f"tfrecord:{uncompressed}/*.tfrecord", options, min_size=min_size)
    for a, b in zip(here, first(str(collection), options, min_size=least), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.slow
def test_uncompressed_beside_compressed_and_without_index(collection, uncompressed, tmp_path):
    """The second shard keeps files' bytes, and the third has lost its index."""
    shutil.copytree(uncompressed, tmp_path / "mixed")
    names = ["e.webp", "inside/f.bmp", "zz_small.png"]
    mixed = sorted((tmp_path / "mixed").glob("*.tfrecord"))
    pack_shard(Shard(mixed[1], collection, names[:1], 48))
    pack_shard(Shard(mixed[2], collection, names[1:], 48, uncompressed=True))
    index_path(mixed[2]).unlink()
    source = open_tfrecord(str(tmp_path / "mixed" / "*.tfrecord"))
    assert source.decoders.tolist() == [Decoder.BMP] * 4 + [Decoder.PNG, Decoder.PILLOW]
    options = CropOptions(batch_size=6, crop_size=24)
    here = first(f"tfrecord:{tmp_path}/mixed/*.tfrecord", options)
    for a, b in zip(here, first(str(collection), options), strict=True):
        np.testing.assert_array_equal(a, b)


def test_an_index_lost_later_is_missed(uncompressed, tmp_path):
    """The cache keeps nothing that only an index can tell."""
    shutil.copytree(uncompressed, tmp_path / "packed")
    decoders = []
    for shard in sorted((tmp_path / "packed").glob("*.tfrecord"))[:2]:
        index_path(shard).unlink()
        source = open_tfrecord(str(tmp_path / "packed" / "*.tfrecord"), cache=tmp_path / "cache")
        decoders.append([Decoder(decoder).name for decoder in source.decoders])
    assert decoders[0] != decoders[1]
    assert set(decoders[0]) == {"BMP", "PILLOW"}
    assert decoders[1].count("BMP") < decoders[0].count("BMP")


@pytest.mark.slow
def test_uncompressed_images_smaller_than_the_apron(tmp_path):
    for i in range(6):
        (tmp_path / "images").mkdir(exist_ok=True)
        (tmp_path / "images" / f"{i}.png").write_bytes(encoded(sample_image(4 + i, 9 - i % 3, i), "PNG"))
    pack(
        tmp_path / "images", tmp_path / "packed", images_per_shard=9, min_size=4, workers=1, uncompressed=True
    )
    options = CropOptions(batch_size=6, crop_size=4, crops_per_image=2)
    here = first(f"tfrecord:{tmp_path}/packed/*.tfrecord", options, min_size=4)
    for a, b in zip(here, first(str(tmp_path / "images"), options, min_size=4), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.slow
def test_uncompressed_packing_goes_on_where_it_ended(collection, uncompressed, tmp_path):
    shutil.copytree(uncompressed, tmp_path / "packed")
    shard = tmp_path / "packed" / "images-00000-of-00003.tfrecord"
    index_path(shard).unlink()
    shard.write_bytes(b"half")
    pack(collection, tmp_path / "packed", images_per_shard=4, min_size=48, workers=1, uncompressed=True)
    assert contents(tmp_path / "packed") == contents(uncompressed)
    with pytest.raises(UsageError, match="begun with --uncompressed=True and not False"):
        pack(collection, tmp_path / "packed", images_per_shard=4, min_size=48, workers=1)
