"""Images of TensorFlow Datasets (https://www.tensorflow.org/datasets), from the files that it prepares."""

import re
from pathlib import Path
from typing import Literal

import numpy as np
import tensorflow_datasets as tfds

from srgan_tf.data.records import RecordSlice, scan_records
from srgan_tf.data.scan import Source
from srgan_tf.errors import UsageError

# A version has a colon too: div2k/bicubic_x4:2.0.0:train.
_SPEC = re.compile(r"(?P<builder>[^:]+(:\d+\.\d+\.\d+)?)(:(?P<split>.+))?")
_PREFERRED = ("hr", "image")  # where a dataset has several images: div2k's HR, and what others call theirs


def open_tfds(
    spec: str,
    *,
    split: Literal["train", "validation"],
    min_size: int = 0,
    cache: Path | None = None,
    data_dir: Path | None = None,
) -> Source:
    """Returns the HR images of a TensorFlow dataset, which is downloaded and prepared if it is not yet.

    Args:
      spec: NAME[/CONFIG][:VERSION][:SPLIT]; the split may be a part, such as train[:10%].
      split: which images to take if the spec names no split: `train`, or the first of `validation` and `test`
        that the dataset has.
      min_size: images with a side below this are left out.
      cache: a directory for what is found out about the records; None keeps nothing.
      data_dir: where prepared datasets are; None is TensorFlow Datasets' own, $TFDS_DATA_DIR or
        ~/tensorflow_datasets.

    Raises:
      UsageError: there is no such dataset or split, it cannot be prepared, or it has no usable image.
    """
    parts = _SPEC.fullmatch(spec)
    if parts is None:
        raise UsageError(
            f"tfds:{spec}: expected tfds:NAME[/CONFIG][:SPLIT], such as tfds:div2k/bicubic_x4:train"
        )
    builder = _prepared(parts["builder"], data_dir)
    part = parts["split"] or _default_split(builder, split)
    try:
        instructions = builder.info.splits[part].file_instructions
    except (KeyError, ValueError):
        raise UsageError(
            f"tfds:{spec}: no split {part!r} in {builder.info.full_name}: expected one of "
            f"{', '.join(builder.info.splits)}, or a part of one, such as train[:10%]"
        ) from None
    slices = [
        RecordSlice(
            Path(i.filename),
            i.skip,
            None if i.take == -1 else i.skip + i.take,
        )
        for i in instructions
    ]
    name = f"tfds:{builder.info.full_name}:{part}"
    return scan_records(name, slices, image_feature(builder), min_size=min_size, cache=cache)


def image_feature(builder: tfds.core.DatasetBuilder) -> str:
    """Returns the name under which a dataset's records hold the image to learn from.

    Raises:
      UsageError: there is no 8- or 16-bit image, or no telling which of several it is.
    """
    found = [
        name
        for name, feature in builder.info.features.items()
        if isinstance(feature, tfds.features.Image) and np.dtype(feature.np_dtype).kind == "u"
    ]
    preferred = [name for name in _PREFERRED if name in found]
    if not preferred and len(found) != 1:
        has = f"several: {', '.join(found)}" if found else "none"
        raise UsageError(
            f"tfds:{builder.info.full_name}: expected one image in an example, or one called "
            f"{' or '.join(_PREFERRED)}; it has {has}; choose another dataset"
        )
    return (preferred or found)[0]


def _prepared(name: str, data_dir: Path | None) -> tfds.core.DatasetBuilder:
    try:
        builder = tfds.builder(name, data_dir=data_dir)
    except ValueError as error:  # the message goes on to list a thousand datasets
        raise UsageError(
            f"tfds:{name}: {str(error).splitlines()[0]} See tensorflow.org/datasets/catalog"
        ) from None
    if not builder.info.splits:
        try:
            builder.download_and_prepare()
        except Exception as error:  # whatever a download or a dataset's own code may raise
            reason = " ".join(str(error).split())[:200] or type(error).__name__
            raise UsageError(
                f"tfds:{name} cannot be downloaded and prepared: {reason}; copy a prepared "
                f"{builder.info.full_name} to {builder.data_dir}, or set TFDS_DATA_DIR to where it is"
            ) from error
    file_format = builder.info.file_format
    if file_format != tfds.core.FileFormat.TFRECORD:
        raise UsageError(
            f"tfds:{name} is prepared as {file_format.value} in {builder.data_dir}: expected tfrecord; "
            "prepare it with file_format='tfrecord'"
        )
    return builder


def _default_split(builder: tfds.core.DatasetBuilder, split: str) -> str:
    for name in ("train",) if split == "train" else ("validation", "test"):
        if name in builder.info.splits:
            return name
    raise UsageError(
        f"tfds:{builder.info.full_name} has no split for {split}: name one of "
        f"{', '.join(builder.info.splits)} after a colon"
    )
