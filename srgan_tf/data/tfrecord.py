"""Images in TFRecord files named by a pattern."""

import glob
from pathlib import Path

from srgan_tf.data.records import RecordSlice, scan_records
from srgan_tf.data.scan import Source
from srgan_tf.errors import UsageError

FEATURE = "image/encoded"  # as in most public image records, ImageNet's among them
_OTHER_FILES = {".index", ".json", ".txt"}


def open_tfrecord(pattern: str, *, min_size: int = 0, cache: Path | None = None) -> Source:
    """The images of TFRecord files, in the order of the files' paths.

    Args:
      pattern: what the files are called, with `*`, `?`, `[...]` and `**`. The other files
        that `srgan_tf.data.pack` writes are passed over.
      min_size: images with a side below this are left out.
      cache: a directory for what is found out about the records; None keeps nothing.

    Raises:
      UsageError: no file matches, one is damaged, or no image is usable.
    """
    # pathlib's glob takes no absolute patterns.
    matches = sorted(Path(match) for match in glob.glob(pattern, recursive=True))  # noqa: PTH207
    paths = [path for path in matches if path.is_file() and path.suffix not in _OTHER_FILES]
    if not paths:
        raise UsageError(
            f"tfrecord:{pattern} matches no file: expected a pattern such as tfrecord:/data/packed/*.tfrecord"
        )
    slices = [RecordSlice(path) for path in paths]
    return scan_records(f"tfrecord:{pattern}", slices, FEATURE, min_size=min_size, cache=cache)
