"""Source -> batches: crops, LR, flips and rotations, ranges. Each step's batch is known by its number."""

import functools
from collections.abc import Iterator

import numpy as np
import tensorflow as tf

from srgan_tf.data.crops import apron, lr_from_windows, read_windows
from srgan_tf.data.degradation import Downscale, crop_to_multiple, downscale
from srgan_tf.data.degradation.passes import degraded_crops, degraded_image, reach
from srgan_tf.data.degradation.table import BICUBIC, Table
from srgan_tf.data.degradation.table_files import table_named
from srgan_tf.data.ranges import hr_from_uint8, lr_from_uint8
from srgan_tf.data.sampler import (
    CropOptions,
    crop_places,
    degradation_seeds,
    dihedral,
    group_images,
    group_order,
    group_shape,
)
from srgan_tf.data.scan import Source
from srgan_tf.errors import UsageError
from srgan_tf.images import decode_rgb

VALIDATION_SEED = 1


def batches(
    source: Source,
    options: CropOptions,
    *,
    start_step: int = 0,
    replica_slice: slice | None = None,
    split: int = 1,
) -> tf.data.Dataset:
    """Returns the batches of step `start_step`, `start_step + 1`, ... without end.

    `srgan_tf.data.sampler.batch_plan` defines them: the batch of a step is the same whatever step this starts
    from, however many threads read, and whichever worker makes its share.

    Args:
      source: the images, opened with `min_size` of at least `options.crop_size`.
      options: how crops are cut.
      start_step: the first step.
      replica_slice: the rows of each global batch that this worker needs; None for all.
      split: makes each step this many consecutive elements, one per local replica, of equal size.

    Returns:
      A dataset of pairs (lr, hr): float32 (B, h, w, 3) in [0, 1] and float32 (B, H, W, 3) in [-1, 1], where
      B is the number of rows divided by `split`.

    Raises:
      UsageError: an image is smaller than the crop, or `split` does not divide the rows.
    """
    if min(source.heights.min(), source.widths.min()) < options.crop_size:
        raise UsageError(
            f"{source.name} has images smaller than the {options.crop_size}x{options.crop_size} crop: "
            f"open it with min_size={options.crop_size}"
        )
    rows = range(options.batch_size)[replica_slice or slice(None)]
    if not rows or len(rows) % split:
        raise UsageError(f"{len(rows)} rows of the batch cannot be split evenly over {split} replicas")
    shape = group_shape(len(source), options)
    first_group, first_within = divmod(start_step, shape.steps)

    groups = tf.data.Dataset.range(first_group, tf.int64.max)
    slots = groups.flat_map(lambda group: _slots(source, options, group, rows))
    table = table_named(options.degradation)
    rim = max(apron(options.scale), reach(table, options.scale) if table else 0)
    windows = slots.map(
        lambda image, places: read_windows(source, image, places, options.crop_size, options.scale, rim),
        num_parallel_calls=tf.data.AUTOTUNE,
        deterministic=True,
    ).batch(shape.columns * len(rows), drop_remainder=True)
    steps = tf.data.Dataset.zip(groups, windows).prefetch(1)
    steps = steps.flat_map(lambda group, crops: _dealt(len(source), options, group, crops, rows))
    numbered = tf.data.Dataset.range(start_step, tf.int64.max)
    steps = tf.data.Dataset.zip(numbered, steps.skip(first_within)).map(
        lambda step, crops: _finish(options, table, step, crops, rows),
        num_parallel_calls=tf.data.AUTOTUNE,
        deterministic=True,
    )
    if split > 1:
        size = len(rows) // split
        steps = steps.unbatch().batch(size, drop_remainder=True)
    return steps.prefetch(2 * split)


def validation_pairs(
    source: Source, scale: int, method: Downscale, degradation: str = BICUBIC
) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """Yields whole images and their LR.

    Args:
      source: the images.
      scale: the factor.
      method: how LR is made where the source has none, "matlab" or "pillow".
      degradation: what LR goes through besides, as in `--degradation`; the same draw each time.

    Yields:
      The image's name, LR uint8 (h, w, 3) and HR uint8 (h * scale, w * scale, 3): the upright image,
      cropped at the bottom and right to multiples of the scale.
    """
    table = table_named(degradation)
    for i, name in enumerate(source.names):
        hr = crop_to_multiple(decode_rgb(source.read(i)), scale)
        lr = decode_rgb(source.lr.read(i)) if source.lr else downscale(hr, scale, method)
        if table:
            lr = degraded_image(hr, lr, table, (VALIDATION_SEED, i), scale)
        yield name, lr, hr


def _slots(source: Source, options: CropOptions, group: tf.Tensor, rows: range) -> tf.data.Dataset:
    """The images of a group that serve `rows`, column after column, each with the places of its crops."""
    n, k = len(source), options.crops_per_image
    images = group_images(n, options, group)[:, rows.start : rows.stop : rows.step]
    places = crop_places(n, options, group)[:, rows.start : rows.stop : rows.step]
    return tf.data.Dataset.from_tensor_slices((tf.reshape(images, [-1]), tf.reshape(places, (-1, k, 2))))


def _dealt(
    n_images: int, options: CropOptions, group: tf.Tensor, crops: tuple[tf.Tensor, ...], rows: range
) -> tf.data.Dataset:
    """The steps of a group, dealt from the windows (columns * rows, crops_per_image, ...) of its slots."""
    order = group_order(n_images, options, group)[:, :, rows.start : rows.stop : rows.step]
    passes, columns, size = order.shape
    slot = order * size + tf.range(size)
    crop = tf.broadcast_to(tf.range(passes)[:, None, None], slot.shape)
    dealt = tf.reshape(tf.stack([slot, crop], axis=-1), (passes * columns, size, 2))
    return tf.data.Dataset.from_tensor_slices(dealt).map(
        lambda places: tuple(tf.gather_nd(part, places) for part in crops)
    )


def _finish(
    options: CropOptions, table: Table | None, step: tf.Tensor, crops: tuple[tf.Tensor, ...], rows: range
) -> tuple[tf.Tensor, tf.Tensor]:
    """Windows -> (lr, hr) in their ranges."""
    windows, corner, lr_size, *read = crops
    rim = (windows.shape[1] - options.crop_size) // 2
    if read:
        (lr,) = read
    else:
        near = _without_rim(windows, rim - apron(options.scale))
        lr = lr_from_windows(near, corner, lr_size, options.scale, options.downscale)
    if table:
        seeds = degradation_seeds(options, step)[rows.start : rows.stop : rows.step]
        lr = degraded_crops(windows, corner, lr, seeds, table, rim, options.scale)
    hr = _without_rim(windows, rim)
    if options.augment:  # while pixels are single bytes
        flips = dihedral(options, step)[rows.start : rows.stop : rows.step]
        lr, hr = flipped(lr, flips), flipped(hr, flips)
    return lr_from_uint8(lr), hr_from_uint8(hr)


def _without_rim(images: tf.Tensor, rim: int) -> tf.Tensor:
    return images[:, rim : images.shape[1] - rim, rim : images.shape[2] - rim]


def flipped(images: tf.Tensor, flips: tf.Tensor) -> tf.Tensor:
    """Returns square images, each flipped and rotated as `srgan_tf.data.sampler.dihedral` says.

    Args:
      images: (N, S, S, 3).
      flips: int32 (N,), 0 to 7.

    Returns:
      The same shape and dtype.
    """
    # One gather copies each pixel once; tf.reverse and tf.where would copy the batch for every flip.
    position = tf.gather(tf.constant(_flipped_positions(images.shape[1])), flips)
    pixels = tf.reshape(images, (-1, position.shape[1], 3))
    return tf.reshape(tf.gather(pixels, position, batch_dims=1), images.shape)


@functools.cache
def _flipped_positions(size: int) -> np.ndarray:
    """The places that the pixels of a flipped image come from: int32 (8, size * size), row by row."""
    upright = np.arange(size * size, dtype=np.int32).reshape(size, size)
    positions = []
    for flip in range(8):
        mirrored = upright[:: -1 if flip & 2 else 1, :: -1 if flip & 1 else 1]
        positions.append((mirrored.T if flip & 4 else mirrored).ravel())
    return np.stack(positions)
