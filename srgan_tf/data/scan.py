"""A collection of images, each checked once: `open_source` gives it and the pipeline reads it."""

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tensorflow as tf

from srgan_tf.data.decode import image_facts
from srgan_tf.errors import UsageError
from srgan_tf.files import write_text
from srgan_tf.images import UnusableImage
from srgan_tf.progress import progress

ReadPart = Callable[[int, range, range], np.ndarray]  # see `Source`
Finding = list[int | str] | str  # an image's height, width, decoder and checksum; or why it is unusable


@dataclass(frozen=True)
class Skipped:
    """An image that cannot be used, and why."""

    name: str
    reason: str


@dataclass(frozen=True, eq=False)
class Source:
    """HR images that can be read in any order.

    Attributes:
      name: the spec of the images, such as a folder's path or "sample".
      names: each image's own name.
      heights: int32 (len,), rows of the upright images.
      widths: int32 (len,), columns.
      decoders: int32 (len,), values of `srgan_tf.data.decode.Decoder`.
      read: the encoded bytes of image i; may be called from several threads.
      read_part: of image i, whose decoder is BMP, the pixels in ranges of rows and of columns; None if no
        image has that decoder.
      skipped: the images left out as unusable, each with the reason.
      too_small: the number of usable images left out as smaller than `min_size`.
      min_size: the least height and width asked for.
      checksum: of the images' bytes in their order; names and places do not count.
      lr: the LR image of each, in the same order (`srgan_tf.data.pairs`); None where LR is made from HR.
    """

    name: str
    names: Sequence[str]
    heights: np.ndarray
    widths: np.ndarray
    decoders: np.ndarray
    read: Callable[[int], bytes]
    read_part: ReadPart | None = None
    skipped: tuple[Skipped, ...] = ()
    too_small: int = 0
    min_size: int = 0
    checksum: str = ""
    lr: "Source | None" = None

    def __len__(self) -> int:
        return len(self.names)

    def encoded(self, index: tf.Tensor) -> tf.Tensor:
        """Returns the encoded bytes of an image, in a graph.

        Args:
          index: int64 scalar.

        Returns:
          string scalar.
        """
        # Not stateful, or tf.config.experimental.enable_op_determinism would make reading sequential.
        content = tf.numpy_function(lambda i: self.read(int(i)), [index], tf.string, stateful=False)
        content.set_shape(())
        return content

    def summary(self, examples: int = 3) -> str:
        """Returns one line: the number of images, and of those left out with the reasons.

        Args:
          examples: the most unusable ones to name.
        """
        parts = [f"{len(self)} images in {self.name}{f', LR in {self.lr.name}' if self.lr else ''}"]
        if self.skipped:
            named = ", ".join(f"{s.name} ({s.reason})" for s in self.skipped[:examples])
            more = len(self.skipped) - examples
            rest = f" and {more} more" if more > 0 else ""
            parts.append(f"skipped {len(self.skipped)} unusable: {named}{rest}")
        if self.too_small:
            parts.append(f"skipped {self.too_small} smaller than {self.min_size}x{self.min_size}")
        return "; ".join(parts)


def scan(
    name: str,
    names: Sequence[str],
    read: Callable[[int], bytes],
    *,
    keys: Sequence[str],
    min_size: int = 0,
    cache: Path | None = None,
    known: Mapping[str, Finding] | None = None,
    read_part: ReadPart | None = None,
    checksums: Sequence[str] | None = None,
) -> Source:
    """Returns the source of a collection's usable images; each is checked by decoding it.

    Images are decoded in parallel, with a progress bar when it takes more than a few seconds.

    Args:
      name: the collection's name in messages.
      names: the images' names, in their final order.
      read: the encoded bytes of image i.
      keys: for each image, text that changes when its bytes do (path, size and time of change).
      min_size: images with a side below this are left out.
      cache: JSON file in which findings are kept from one time to the next, under `keys`; None keeps
        nothing.
      known: findings that need no checking, under `keys`.
      read_part: as in `Source`.
      checksums: of the images' bytes, where they are known; None: they are computed.

    Raises:
      UsageError: no image is usable.
    """
    known = known or {}
    found = _load(cache).items()
    if checksums is None:  # those of an older version have none
        found = [(key, finding) for key, finding in found if isinstance(finding, str) or len(finding) == 4]
    findings = {**dict(found), **known}
    todo = [i for i, key in enumerate(keys) if key not in findings]
    try:
        for i, finding in _inspected(todo, read, name):
            findings[keys[i]] = finding
    finally:
        if cache is not None and todo:  # what an interrupted scan found is kept too
            kept = {key: findings[key] for key in keys if key in findings and key not in known}
            write_text(cache, json.dumps(kept, separators=(",", ":")))
    source = _source(name, names, [findings[key] for key in keys], read, read_part, min_size, checksums)
    if not len(source):
        least = max(min_size, 1)
        raise UsageError(f"no usable image: {source.summary()}; expected some of at least {least}x{least}")
    return source


def file_key(path: Path) -> str:
    """Returns text that changes when a file is replaced: its path, size and time of change."""
    try:
        state = path.stat()
    except OSError:  # a dangling link; reading it says so
        return str(path)
    return f"{path} {state.st_size} {state.st_mtime_ns}"


def content_checksum(encoded: bytes) -> str:
    """Returns a checksum of an image file's bytes (BLAKE2, 128 bits)."""
    return hashlib.blake2b(encoded, digest_size=16).hexdigest()


def short_hash(text: str) -> str:
    """Returns a name for a cache file that depends on all of `text`."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _load(cache: Path | None) -> dict[str, Finding]:
    if cache is None or not cache.exists():
        return {}
    try:
        findings = json.loads(cache.read_text(encoding="utf-8"))
    except ValueError:  # not ours, or damaged: everything is checked again
        return {}
    return findings if isinstance(findings, dict) else {}


def _inspected(todo: list[int], read: Callable[[int], bytes], name: str) -> Iterator[tuple[int, Finding]]:
    def finding(i: int) -> Finding:
        try:
            encoded = read(i)
            facts = image_facts(encoded)
        except UnusableImage as error:
            return str(error)
        except OSError as error:
            return f"cannot be read: {error.strerror or error}"
        return [facts.height, facts.width, int(facts.decoder), content_checksum(encoded)]

    with (
        ThreadPoolExecutor(os.cpu_count()) as pool,
        progress(len(todo), unit="image", desc=f"checking {name}", delay=3) as bar,
    ):
        for start in range(0, len(todo), 1024):  # in parts, since a pool takes all its work at once
            part = todo[start : start + 1024]
            for pair in zip(part, pool.map(finding, part), strict=True):
                bar.update()
                yield pair


def _source(
    name: str,
    names: Sequence[str],
    findings: list[Finding],
    read: Callable[[int], bytes],
    read_part: ReadPart | None,
    min_size: int,
    checksums: Sequence[str] | None,
) -> Source:
    usable = [i for i, finding in enumerate(findings) if not isinstance(finding, str)]
    large = [i for i in usable if min(findings[i][:2]) >= min_size]
    skipped = tuple(
        Skipped(names[i], finding) for i, finding in enumerate(findings) if isinstance(finding, str)
    )
    facts = np.array([findings[i][:3] for i in large], np.int32).reshape(-1, 3)
    contents = [checksums[i] if checksums else findings[i][3] for i in large]
    return Source(
        name=name,
        names=[names[i] for i in large],
        heights=facts[:, 0],
        widths=facts[:, 1],
        decoders=facts[:, 2],
        read=lambda i: read(large[i]),
        read_part=read_part and (lambda i, rows, columns: read_part(large[i], rows, columns)),
        skipped=skipped,
        too_small=len(usable) - len(large),
        min_size=min_size,
        checksum=f"{len(large)} images, {short_hash(' '.join(contents))}",
    )
