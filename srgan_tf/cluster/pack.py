"""Packing a collection on many machines, shard by shard; the content of a shard depends on its images alone.

An image belongs to the shard that the hash of its name says, and a shard holds its images in the order of
their names. So the shards do not depend on the number of workers. The manifest comes last: a collection is
complete when it is there.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from srgan_tf.cluster.places import Place
from srgan_tf.cluster.session import STARTS, Starts, Workers, beside, may_begin, rows
from srgan_tf.data.pack import PLAN, REPORT, Packed
from srgan_tf.errors import UsageError, WorkError
from srgan_tf.files import sha256_of
from srgan_tf.images import SUFFIXES
from srgan_tf.progress import progress

MANIFEST = "manifest.json"

MEMORY = 15 * 10**8
"""Bytes of a worker: the program and the image that it decodes."""

EXAMPLES = 10


@dataclass(frozen=True)
class Values:
    """What a packed collection depends on, beside its images.

    Attributes:
      shards: how many files.
      min_size: images with a side below this are left out.
      uncompressed: whether to store pixels, 3 bytes each, instead of image files.
    """

    shards: int
    min_size: int = 96
    uncompressed: bool = False


def shard_of(name: str, shards: int) -> int:
    """Returns the number of the shard that an image belongs to."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8]) % shards


def shard_file(number: int, shards: int) -> str:
    """Returns the name of a shard's file."""
    return f"images-{number:05}-of-{shards:05}.tfrecord"


class Packing:
    """An actor: packs the shards that it is given, or reads those that are there."""

    def __init__(self, source: Place, target: Place, values: Values, starts: Any = None) -> None:
        from srgan_tf.quiet import start_tensorflow

        start_tensorflow()
        import tensorflow as tf

        with suppress(RuntimeError):  # of a process that has run TensorFlow before
            tf.config.set_visible_devices([], "GPU")
            tf.config.threading.set_intra_op_parallelism_threads(1)
        self._source = source
        self._target = target
        self._values = values
        self._starts = starts

    def __call__(self, batch: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Packs shards.

        Args:
          batch: `shard`, their numbers, and `names`, those of the images of each.

        Returns:
          `shard`; `images`, how many a shard was made from; and `entry`, its part of the manifest as JSON,
          null where too many workers were lost over it.
        """
        entries = [
            json.dumps(self._there(int(number)) or self._packed(int(number), [str(name) for name in names]))
            for number, names in zip(batch["shard"], batch["names"], strict=True)
        ]
        images = np.array([len(names) for names in batch["names"]])
        return {"shard": batch["shard"], "images": images, "entry": np.array(entries, object)}

    def _there(self, number: int) -> dict[str, Any] | None:
        """The entry of a shard that is complete."""
        from srgan_tf.data.records import index_path

        file = shard_file(number, self._values.shards)
        index = index_path(Path(file)).name
        if not self._target.has(index):
            return None
        with self._target.fetched([file, index]) as folder:
            return _entry(folder / file)

    def _packed(self, number: int, names: Sequence[str]) -> dict[str, Any] | None:
        """Packs a shard; it is complete once its index is there."""
        if not all(may_begin(self._starts, [str(number)])):
            return None
        from srgan_tf.data.records import index_path
        from srgan_tf.data.shards import Shard, pack_shard

        values = self._values
        with self._target.scratch() as folder, self._source.fetched(names) as root:
            path = folder / shard_file(number, values.shards)
            pack_shard(Shard(path, root, names, values.min_size, values.uncompressed))
            entry = _entry(path)
            self._target.publish(path, path.name)
            self._target.publish(index_path(path), index_path(path).name)
        return entry


def pack(source: Place, target: Place, values: Values, workers: Workers) -> Packed:
    """Packs a collection on the cluster that this process is connected to, or goes on with packing it.

    Args:
      source: the folder of images.
      target: the folder for the shards, as `check_plan` has found it right.
      values: what the shards depend on.
      workers: the pool.

    Returns:
      What was packed, and what was left out and why.

    Raises:
      UsageError: no image is usable.
      WorkError: shards could not be packed.
    """
    target.remove_scratch()
    names: dict[int, list[str]] = defaultdict(list)
    images = source.images()
    target.write(PLAN, _plan(images, values))
    for name, _, _ in images:  # in their order
        names[shard_of(name, values.shards)].append(name)
    entries: dict[int, dict[str, Any]] = {}
    with progress(len(images), unit="image", desc="packing", every=10) as bar:
        for row in _rows(source, target, values, workers, names):
            entry = json.loads(row["entry"])
            if entry and row["shard"] not in entries:
                bar.update(int(row["images"]))
                entries[int(row["shard"])] = entry
    missing = [shard_file(i, values.shards) for i in range(values.shards) if i not in entries]
    if missing:
        raise WorkError(
            f"{len(missing)} of {values.shards} shards were not packed, the first is {missing[0]}: "
            f"{STARTS} workers were lost over it, perhaps for lack of memory, or Ray's logs say why; the "
            "same command goes on"
        )
    packed = _finished(source, target, values, [entries[i] for i in range(values.shards)])
    target.remove_scratch()
    return packed


def check_plan(source: Place, target: Place, values: Values) -> None:
    """Checks that a folder is new, empty, or begun with the same images and values.

    Raises:
      UsageError: it is not, or there is no image.
    """
    images = source.images()
    if not images:
        raise UsageError(
            f"no image in {source.text}: expected files ending in {', '.join(sorted(SUFFIXES))}, at any depth"
        )
    if not target.has(PLAN):
        if any(not name.startswith(".") for name in target.names()):
            raise UsageError(f"{target.text} holds other files: give a new or empty folder")
        return
    begun, wanted = target.read(PLAN), _plan(images, values)
    if begun != wanted:
        raise UsageError(
            f"{target.text} was begun with other values or images ({_shown(begun)} then, {_shown(wanted)} "
            "now): give the same, or another folder"
        )


def _rows(source: Place, target: Place, values: Values, workers: Workers, names: dict[int, list[str]]) -> Any:
    """The rows of all shards as they come."""
    import pyarrow

    kinds = pyarrow.schema([("shard", pyarrow.int64()), ("names", pyarrow.list_(pyarrow.string()))])
    tables = [
        pyarrow.table({"shard": [i], "names": [names.get(i, [])]}, schema=kinds) for i in range(values.shards)
    ]
    return rows(Packing, (source, target, values, beside(Starts)), tables, workers, MEMORY)


def _plan(images: Sequence[tuple[str, int, int]], values: Values) -> bytes:
    """What is being packed, as it stands in a file."""
    digest = hashlib.sha256()
    for name, size, changed in images:
        digest.update(f"{name}\0{size}\0{changed}\0".encode())
    plan = {**asdict(values), "images": len(images), "digest": digest.hexdigest()}
    return (json.dumps(plan, indent=1) + "\n").encode()


def _shown(plan: bytes) -> str:
    try:
        values = json.loads(plan)
        return ", ".join(f"{name}={value}" for name, value in values.items() if name != "digest")
    except (ValueError, AttributeError):
        return "a damaged file"


def _entry(path: Path) -> dict[str, Any] | None:
    """A shard's part of the manifest, or None if its index does not fit it."""
    from srgan_tf.data.records import read_index

    index = read_index(path)
    if index is None:
        return None
    return {
        "file": path.name,
        "images": len(index.names),
        "bytes": index.size,
        "sha256": sha256_of(path),
        "skipped": index.skipped,
    }


def _finished(source: Place, target: Place, values: Values, entries: Sequence[dict[str, Any]]) -> Packed:
    """Writes the report, and then the manifest."""
    from srgan_tf.data.shards import TOO_SMALL

    skipped = sorted(tuple(pair) for entry in entries for pair in entry["skipped"])
    packed = sum(entry["images"] for entry in entries)
    lines = [f"packed {packed} of {packed + len(skipped)} images into {len(entries)} files"]
    lines += [f"left out {len(skipped)}:"] if skipped else []
    left_out = [f"  {name}: {reason}" for name, reason in skipped]
    target.write(REPORT, ("\n".join([*lines, *left_out]) + "\n").encode())
    if not packed:
        raise UsageError(f"no usable image in {source.text}: {target.address(REPORT)} says why, for each")
    files = [{name: value for name, value in entry.items() if name != "skipped"} for entry in entries]
    manifest = {**asdict(values), "images": packed, "left_out": len(skipped), "files": files}
    target.write(MANIFEST, (json.dumps(manifest, indent=1) + "\n").encode())
    lines += left_out[:EXAMPLES]
    if len(left_out) > EXAMPLES:
        lines.append(f"  and {len(left_out) - EXAMPLES} more, all in {target.address(REPORT)}")
    return Packed("\n".join(lines), sum(TOO_SMALL not in reason for _, reason in skipped))
