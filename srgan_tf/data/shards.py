"""One shard of a packed collection: images in, a TFRecord file with its index out."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import tensorflow as tf

from srgan_tf.data.decode import Decoder, ImageFacts, encode_bmp, image_facts
from srgan_tf.data.records import FEATURE, FOOTER, HEADER, ShardIndex, write_index
from srgan_tf.files import replacing
from srgan_tf.images import UnusableImage, decode_rgb
from srgan_tf.images.writing import encode_png

TOO_SMALL = "is smaller than"
"""The words in the reason why a sound image is left out."""


@dataclass(frozen=True)
class Shard:
    """The work of one shard.

    Attributes:
      path: the file to write.
      root: the folder of the images.
      names: the images' paths inside `root`.
      min_size: images with a side below this are left out.
      uncompressed: whether to store the pixels themselves.
    """

    path: Path
    root: Path
    names: Sequence[str]
    min_size: int
    uncompressed: bool = False


def pack_shard(shard: Shard) -> int:
    """Writes a shard and then its index; the shard is complete once the index is there.

    Files that TensorFlow's decoders read as they are keep their bytes; other images are stored as upright
    8-bit RGB PNG. Uncompressed, all are stored as upright 8-bit RGB BMP.

    Returns:
      The number of images looked at.
    """
    offsets, lengths, names, findings, skipped, starts = [], [], [], [], [], []
    at = 0
    with replacing(shard.path) as beside, tf.io.TFRecordWriter(str(beside)) as writer:
        for name in shard.names:
            try:
                facts, encoded = _packable((shard.root / name).read_bytes(), shard)
            except UnusableImage as error:
                skipped.append([name, str(error)])
                continue
            except OSError as error:
                skipped.append([name, f"cannot be read: {error.strerror or error}"])
                continue
            record = _example(name, facts, encoded)
            writer.write(record)
            offsets.append(at + HEADER.size)
            lengths.append(len(record))
            names.append(name)
            findings.append([facts.height, facts.width, int(facts.decoder)])
            if shard.uncompressed:
                starts.append(offsets[-1] + record.index(encoded))
            at += HEADER.size + len(record) + FOOTER
    write_index(shard.path, ShardIndex(at, offsets, lengths, names, findings, skipped, starts or None))
    return len(shard.names)


def _packable(encoded: bytes, shard: Shard) -> tuple[ImageFacts, bytes]:
    """The facts and the bytes to store of an image.

    Raises:
      UnusableImage: nothing, since it is damaged or too small.
    """
    facts = image_facts(encoded)
    if min(facts.height, facts.width) < shard.min_size:
        least = f"{shard.min_size}x{shard.min_size}"
        raise UnusableImage(f"{facts.width}x{facts.height} {TOO_SMALL} {least}")
    if shard.uncompressed:
        return ImageFacts(facts.height, facts.width, Decoder.BMP), encode_bmp(decode_rgb(encoded))
    if facts.decoder == Decoder.PILLOW:
        return ImageFacts(facts.height, facts.width, Decoder.PNG), encode_png(decode_rgb(encoded))
    return facts, encoded


def _example(name: str, facts: ImageFacts, encoded: bytes) -> bytes:
    def of_bytes(value: bytes) -> tf.train.Feature:
        return tf.train.Feature(bytes_list=tf.train.BytesList(value=[value]))

    def of_int(value: int) -> tf.train.Feature:
        return tf.train.Feature(int64_list=tf.train.Int64List(value=[value]))

    features = {
        FEATURE: of_bytes(encoded),
        "image/height": of_int(facts.height),
        "image/width": of_int(facts.width),
        "image/filename": of_bytes(name.encode()),
    }
    example = tf.train.Example(features=tf.train.Features(feature=features))
    return example.SerializeToString(deterministic=True)  # so that packing again gives the same bytes
