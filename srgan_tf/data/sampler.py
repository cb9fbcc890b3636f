"""The crops that make up the batch of a step: a pure function of (number of images, options, step).

Steps come in *groups*. A group takes `images_per_group` images, each decoded once, and cuts
`crops_per_image` crops from each; its batches are dealt from those crops so that every batch holds each
image at most once. With one crop an image, as in the paper, a group is one step.

Row i of every batch of a group is served by the same `columns` images of the group, in a new order on each
pass, so that a worker that owns some rows decodes only their images.
"""

import dataclasses
from dataclasses import dataclass
from typing import get_args

import tensorflow as tf

from srgan_tf.bicubic import SCALES
from srgan_tf.command_line import check_value, option
from srgan_tf.data.degradation import Downscale
from srgan_tf.data.degradation.table import BICUBIC, check_name
from srgan_tf.errors import UsageError

# A batch is dealt from up to this many batches' worth of images when images serve several crops. More mixes
# crops of one image further apart in time, and holds more of them in memory.
_COLUMNS = 4
_CROPS, _ORDER, _DIHEDRAL, _DEGRADATION = range(4)  # one stream of random numbers for each purpose


@dataclass(frozen=True)
class CropOptions:
    """The values that decide which crops make up the batches; the defaults are the paper's.

    `srgan_tf.config.RunConfig` is one, so that each is a flag of `train.py`; its --help explains them.
    """

    seed: int = option("run", "Seed of the initial weights and of the order of the data.", 0, inherited=True)
    batch_size: int = option(
        "data", "Crops in a step, over all devices, each from a different image.", 16, rule="positive"
    )
    crop_size: int = option(
        "data", "Side of the HR crops in pixels; a multiple of the scale.", 96, rule="positive"
    )
    downscale: str = option(
        "data",
        "LR images are made by MATLAB's imresize, or by Pillow as in the paper's tables.",
        "pillow",
        choices=get_args(Downscale),
        inherited=True,
    )
    degradation: str = option(
        "data",
        "LR beyond --downscale: bicubic is the paper's, nothing more; photo adds the blur, noise and JPEG of "
        "photographs from phones and the web; second-order is Real-ESRGAN's wilder table; PATH.json one of "
        "your own.",
        BICUBIC,
        inherited=True,
    )
    augment: bool = option("data", "Flips and rotates the crops at random; the paper names neither.", False)
    crops_per_image: int = option(
        "data",
        "Crops from an image each time it is decoded. More saves decoding and shows crops of one image in "
        "nearby steps, though never in the same one.",
        1,
        rule="positive",
    )
    scale: int = option(
        "network", "Factor between the sides of LR and HR.", 4, choices=SCALES, inherited=True
    )

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            if field.metadata:
                value = getattr(self, field.name)
                check_value(field.name, value, field.metadata["choices"], field.metadata["rule"])
        check_name(self.degradation)
        if self.crop_size % self.scale:
            raise UsageError(f"--crop_size={self.crop_size}: expected a multiple of --scale={self.scale}")


@dataclass(frozen=True)
class GroupShape:
    """The number of images and steps in a group; see `group_shape`.

    Attributes:
      columns: images that take turns in a row of the batch.
      images: images in a group, batch_size * columns.
      steps: batches in a group, columns * crops_per_image.
      groups_per_epoch: groups between two reshufflings of all images.
    """

    columns: int
    images: int
    steps: int
    groups_per_epoch: int


def group_shape(n_images: int, options: CropOptions) -> GroupShape:
    """Returns the shape of groups for a number of images.

    An epoch is as many whole groups as the images fill; the images left over differ from epoch to
    epoch. Fewer images than a batch holds are repeated in it, as evenly as can be.
    """
    columns = 1
    if options.crops_per_image > 1:
        columns = max(1, min(_COLUMNS, n_images // options.batch_size))
    images = columns * options.batch_size
    return GroupShape(
        columns, images, columns * options.crops_per_image, groups_per_epoch=max(1, n_images // images)
    )


def group_images(n_images: int, options: CropOptions, group: tf.Tensor) -> tf.Tensor:
    """Returns the images of a group.

    Args:
      n_images: how many images there are.
      options: the options.
      group: int64 scalar.

    Returns:
      int64 (columns, batch_size), indices of images; all different if there are that many images.
    """
    shape = group_shape(n_images, options)
    epoch = group // shape.groups_per_epoch
    position = (group % shape.groups_per_epoch) * shape.images + tf.range(shape.images, dtype=tf.int64)
    # Fewer images than a group holds are gone round more than once, each time in a fresh order.
    rounds = -(-shape.images // n_images)
    parts = []
    for i in range(rounds):
        part = position[i * n_images : (i + 1) * n_images] - i * n_images
        seed = tf.stack([tf.constant(options.seed, tf.int64), epoch * rounds + i])
        parts.append(tf.random.experimental.index_shuffle(part, seed, n_images - 1))
    images = tf.concat(parts, axis=0)
    return tf.reshape(images, (shape.columns, options.batch_size))


def group_order(n_images: int, options: CropOptions, group: tf.Tensor) -> tf.Tensor:
    """Returns the order in which columns serve a row: column order[k, b, i] serves row i on turn b of pass k.

    Returns:
      int32 (crops_per_image, columns, batch_size), permutations of the columns along the middle axis.
    """
    columns = group_shape(n_images, options).columns
    shape = (options.crops_per_image, columns, options.batch_size)
    values = tf.transpose(_uniform(shape, options, _ORDER, group), (0, 2, 1))
    # Not tf.transpose: for int32 oneDNN writes a complaint to every user's terminal.
    return tf.stack(tf.unstack(tf.argsort(values, axis=-1), axis=2), axis=1)


def crop_places(n_images: int, options: CropOptions, group: tf.Tensor) -> tf.Tensor:
    """Returns the places of a group's crops in their images, as fractions of the possible places.

    Returns:
      float64 (columns, batch_size, crops_per_image, 2) in [0, 1): down and across.
    """
    columns = group_shape(n_images, options).columns
    return _uniform((columns, options.batch_size, options.crops_per_image, 2), options, _CROPS, group)


def dihedral(options: CropOptions, step: tf.Tensor) -> tf.Tensor:
    """Returns the flip and rotation of each crop of a batch: one of the eight that keep a square a square.

    Returns:
      int32 (batch_size,), 0 (as it is) to 7: 1 for left-right, 2 for top-bottom, 4 for transposed, added.
    """
    return tf.cast(_uniform((options.batch_size,), options, _DIHEDRAL, step) * 8, tf.int32)


def degradation_seeds(options: CropOptions, step: tf.Tensor) -> tf.Tensor:
    """Returns the seeds of what a batch's crops go through, one for each.

    Returns:
      int64 (batch_size, 2).
    """
    seed = tf.random.fold_in(tf.constant([options.seed, _DEGRADATION], tf.int64), step)
    return tf.stack([tf.random.fold_in(seed, row) for row in range(options.batch_size)])


def batch_plan(
    n_images: int, options: CropOptions, step: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Returns the crops of a step's batch, which the pipeline must give.

    Args:
      n_images: how many images there are.
      options: the options.
      step: int64 scalar, 0 for the first.

    Returns:
      For each row of the batch: its image, int64 (batch_size,); its place in the image as fractions, float64
      (batch_size, 2) as from `crop_places`; its flip and rotation, int32 (batch_size,) as from `dihedral`,
      all 0 without `augment`.
    """
    step = tf.convert_to_tensor(step, tf.int64)
    shape = group_shape(n_images, options)
    group, within = step // shape.steps, tf.cast(step % shape.steps, tf.int32)
    turn, crop = within % shape.columns, within // shape.columns
    column = group_order(n_images, options, group)[crop, turn]
    rows = tf.range(options.batch_size)
    images = tf.gather_nd(group_images(n_images, options, group), tf.stack([column, rows], axis=1))
    crops = tf.stack([column, rows, tf.fill([options.batch_size], crop)], axis=1)
    places = tf.gather_nd(crop_places(n_images, options, group), crops)
    flips = dihedral(options, step) if options.augment else tf.zeros([options.batch_size], tf.int32)
    return images, places, flips


def _uniform(shape: tuple[int, ...], options: CropOptions, stream: int, number: tf.Tensor) -> tf.Tensor:
    """float64 in [0, 1), decided by the seed, the stream and the number alone."""
    seed = tf.constant([options.seed, stream], tf.int64)
    # The generator is named, as the default one depends on the device.
    return tf.random.stateless_uniform(shape, tf.random.fold_in(seed, number), dtype=tf.float64, alg="philox")
