"""Images in TFRecord files, read in any order by their places in the files.

A record (https://www.tensorflow.org/tutorials/load_data/tfrecord) is the length, uint64; the length's masked
CRC, uint32; the data, here a tf.train.Example; and the data's masked CRC, uint32; all little-endian. Walking
the lengths gives every record's place. Files written by `srgan_tf.data.pack` come with an index beside them
that says the same, and what is in each image.
"""

import json
import struct
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import numpy as np
import tensorflow as tf
from google.protobuf.message import DecodeError

from srgan_tf.data.decode import Decoder, read_bmp_part
from srgan_tf.data.scan import Finding, Source, file_key, scan, short_hash
from srgan_tf.errors import UsageError
from srgan_tf.files import replacing, write_text
from srgan_tf.images import UnusableImage

HEADER = struct.Struct("<QI")
FOOTER = 4  # bytes
FEATURE = "image/encoded"  # as in most public image records, ImageNet's among them


@dataclass(frozen=True)
class RecordSlice:
    """Consecutive records of a file: `start` to `stop` (exclusive; None for all to the end)."""

    path: Path
    start: int = 0
    stop: int | None = None


@dataclass(frozen=True)
class ShardIndex:
    """The index that `srgan_tf.data.pack` writes beside each file.

    Attributes:
      size: of the file in bytes, to notice when the two do not belong together.
      offsets: where each record's data starts.
      lengths: bytes of each record's data.
      names: of the images.
      findings: height, width and decoder of each image.
      skipped: name and reason of the images that were left out.
      starts: where in the file each image's own bytes start, if the images are stored uncompressed.
    """

    size: int
    offsets: list[int]
    lengths: list[int]
    names: list[str]
    findings: list[list[int]]
    skipped: list[list[str]]
    starts: list[int] | None = None


def index_path(path: Path) -> Path:
    """Returns the path of a file's index."""
    return path.with_name(f"{path.name}.index")


def write_index(path: Path, index: ShardIndex) -> None:
    """Writes a file's index, complete or not at all."""
    fields = {name: value for name, value in asdict(index).items() if value is not None}
    write_text(index_path(path), json.dumps(fields, separators=(",", ":")))


def read_index(path: Path) -> ShardIndex | None:
    """Returns a file's index, or None if it has none that fits it."""
    try:
        index = ShardIndex(**json.loads(index_path(path).read_text(encoding="utf-8")))
        return index if index.size == path.stat().st_size else None
    except (OSError, ValueError, TypeError):
        return None


def walk(path: Path) -> np.ndarray:
    """Returns the places of a file's records.

    Args:
      path: an uncompressed TFRecord file.

    Returns:
      int64 (n, 2), where each record's data starts and its length in bytes.

    Raises:
      UsageError: the file is cut short or is no such file.
    """
    places = []
    size = path.stat().st_size
    with path.open("rb") as file:
        at = 0
        while at < size:
            file.seek(at)
            header = file.read(HEADER.size)
            length = HEADER.unpack(header)[0] if len(header) == HEADER.size else size
            start, at = at + HEADER.size, at + HEADER.size + length + FOOTER
            if at > size:
                raise UsageError(
                    f"{path} is cut short or no uncompressed TFRecord file: record {len(places)}, at byte "
                    f"{start - HEADER.size}, would end past the file's end; write the file anew"
                )
            places.append((start, length))
    return np.array(places, np.int64).reshape(-1, 2)


def read_checksums(path: Path, places: np.ndarray) -> np.ndarray:
    """Returns the masked CRCs of a file's records, as they stand behind the data; nothing is verified.

    Args:
      path: the file.
      places: int64 (n, 2), as from `walk`.

    Returns:
      uint32 (n,).
    """
    with path.open("rb") as file:

        def after(end: int) -> bytes:
            file.seek(end)
            return file.read(FOOTER)

        return np.frombuffer(b"".join(after(int(end)) for end in places.sum(axis=1)), "<u4")


def read_feature(path: Path, offset: int, length: int, feature: str) -> bytes:
    """Returns the bytes that a record holds under a feature's name.

    Raises:
      UnusableImage: the record is no tf.train.Example with that feature.
    """
    with path.open("rb") as file:
        file.seek(offset)
        data = file.read(length)
    try:
        values = tf.train.Example.FromString(data).features.feature[feature].bytes_list.value
    except DecodeError:
        raise UnusableImage("the record is no tf.train.Example") from None
    if len(values) != 1:
        raise UnusableImage(f"the record has no single bytes value {feature!r}")
    return values[0]


def scan_records(
    name: str,
    slices: Sequence[RecordSlice],
    feature: str,
    *,
    min_size: int = 0,
    cache: Path | None = None,
) -> Source:
    """Returns the images in TFRecord files, in the order of the slices.

    An image is called by its name in the file's index, or by its file and number.

    Args:
      name: the collection's name in messages.
      slices: the records.
      feature: the name under which a record holds an encoded image.
      min_size: images with a side below this are left out.
      cache: a directory for places and findings; None keeps nothing.

    Raises:
      UsageError: a file is damaged, or no image is usable.
    """
    names: list[str] = []
    keys: list[str] = []
    known: dict[str, Finding] = {}
    files: list[int] = []
    places: list[np.ndarray] = []
    checksums: list[str] = []
    starts: dict[int, int] = {}  # of uncompressed images
    for number, part in enumerate(slices):
        index = read_index(part.path)
        key = file_key(part.path)
        if index:
            every = np.array([index.offsets, index.lengths], np.int64).T
        else:
            every = _once(cache and cache / f"places-{short_hash(key)}.npy", partial(walk, part.path))
        kept = cache and cache / f"checksums-{short_hash(key)}.npy"
        crc = _once(kept, partial(read_checksums, part.path, every))
        for i in range(len(every))[part.start : part.stop]:
            names.append(index.names[i] if index else f"{part.path.name}#{i}")
            keys.append(f"{key} {every[i, 0]} {feature}")
            checksums.append(f"{crc[i]:08x}{every[i, 1]:x}")
            if index:
                known[keys[-1]] = index.findings[i]
                if index.findings[i][2] == Decoder.BMP:
                    starts[len(files)] = index.starts[i]
            files.append(number)
            places.append(every[i])
    at = np.array(places, np.int64).reshape(-1, 2)

    def read(i: int) -> bytes:
        return read_feature(slices[files[i]].path, int(at[i, 0]), int(at[i, 1]), feature)

    def read_part(i: int, rows: range, columns: range) -> np.ndarray:
        height, width, _ = known[keys[i]]
        return read_bmp_part(slices[files[i]].path, starts[i], (height, width), rows, columns)

    kept = cache and cache / f"records-{short_hash(name)}.json"
    return scan(
        name,
        names,
        read,
        keys=keys,
        min_size=min_size,
        cache=kept,
        known=known,
        read_part=read_part if starts else None,
        checksums=checksums,
    )


def _once(kept: Path | None, make: Callable[[], np.ndarray]) -> np.ndarray:
    """Returns an array that is kept in a file, or makes it and keeps it there."""
    if kept is None:
        return make()
    try:
        return np.load(kept)
    except (OSError, ValueError):
        made = make()
        with replacing(kept) as beside:
            np.save(beside, made)
        return made
