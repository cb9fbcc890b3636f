"""The endpoints of an exported generator: TensorFlow functions with checked inputs.

Whatever is wrong with an input ends as INVALID_ARGUMENT with a message that names the place, and the server
goes on. Every endpoint's first dimension counts images, so that a server may join requests.
"""

from collections import Counter
from collections.abc import Callable

import keras
import tensorflow as tf

from srgan_tf.data.ranges import lr_from_uint8, uint8_from_sr
from srgan_tf.exporting.image_header import declared_size
from srgan_tf.inference.inference_graph import inference_graph
from srgan_tf.models.networks import config_of, receptive_radius

Tensors = dict[str, tf.Tensor]
ARITHMETIC = ("Conv2D", "Maximum", "SelectV2", "LeakyRelu", "Sub", "DepthToSpace")


class Endpoints(tf.Module):
    """The endpoints of one generator.

    Args:
      model: a generator.
      max_pixels: the most LR pixels of one image.
      bfloat16: convolve in bfloat16.
    """

    def __init__(self, model: keras.Model, *, max_pixels: int, bfloat16: bool = False) -> None:
        super().__init__(name="endpoints")
        network = inference_graph(model, bfloat16=bfloat16)
        self._network_variables = [variable.value for variable in network.variables]
        self._facts = {
            "scale": config_of(model).scale,
            "overlap": receptive_radius(model),
            "max_pixels": max_pixels,
        }
        self._max_pixels = max_pixels
        # One traced function that every endpoint calls, so that the SavedModel holds the network once.
        self._network = tf.function(
            lambda lr: network(lr, training=False),
            input_signature=[tf.TensorSpec((None, None, None, 3), tf.float32)],
        )

    def operators(self) -> dict[str, int]:
        """Returns the number of the network's operators of each kind, those that do the arithmetic."""
        counts = Counter(op.type for op in self._network.get_concrete_function().graph.get_operations())
        return {kind: counts[kind] for kind in ARITHMETIC if counts[kind]}

    @tf.function(input_signature=[tf.TensorSpec((None,), tf.string, name="image_bytes")])
    def serving_default(self, image_bytes: tf.Tensor) -> Tensors:
        """Upscales image files; sizes and formats may differ within a batch.

        Transparent images are laid over white. EXIF orientation is left to whoever sends the image.

        Args:
          image_bytes: string (N,), JPEG, PNG, WebP, GIF or BMP files with one image each; animations are
            refused.

        Returns:
          sr_image_bytes: string (N,), 8-bit RGB PNG.
        """
        files = (tf.range(tf.size(image_bytes)), image_bytes)
        # One after the other, so that a batch takes no more memory than its largest image.
        return {
            "sr_image_bytes": tf.map_fn(
                self._upscale_file, files, fn_output_signature=tf.string, parallel_iterations=1
            )
        }

    @tf.function(input_signature=[tf.TensorSpec((None, None, None, 3), tf.uint8, name="lr")])
    def upscale(self, lr: tf.Tensor) -> Tensors:
        """Upscales images of one size in memory.

        Args:
          lr: uint8 (N, h, w, 3), RGB.

        Returns:
          sr: uint8 (N, scale*h, scale*w, 3).
        """
        return {"sr": self._bounded(lr, lambda part: uint8_from_sr(self._network(lr_from_uint8(part))))}

    @tf.function(input_signature=[tf.TensorSpec((None, None, None, 3), tf.float32, name="lr")])
    def upscale_float(self, lr: tf.Tensor) -> Tensors:
        """Runs the generator as it is.

        Args:
          lr: float32 (N, h, w, 3), RGB in [0, 1]; half a range more is let pass, for images that were
            resized and overshoot.

        Returns:
          sr: float32 (N, scale*h, scale*w, 3), about [-1, 1], not clipped.
        """
        sound = tf.reduce_all((lr >= -0.5) & (lr <= 1.5))  # False for NaN
        message = "lr has values outside [0, 1]: divide 8-bit values by 255"
        with tf.control_dependencies([tf.debugging.Assert(sound, [message])]):
            return {"sr": self._bounded(tf.identity(lr), self._network)}

    @tf.function(input_signature=[tf.TensorSpec((None,), tf.int32, name="ask")])
    def about(self, ask: tf.Tensor) -> Tensors:
        """Returns what a client must know to cut large images into tiles.

        Args:
          ask: int32 (N,), any values.

        Returns:
          scale, overlap, max_pixels: int32 (N,) each; overlap is the network's receptive radius, LR pixels.
        """
        return {name: tf.fill(tf.shape(ask), value) for name, value in self._facts.items()}

    def _upscale_file(self, file: tuple[tf.Tensor, tf.Tensor]) -> tf.Tensor:
        index, image_bytes = file
        where = tf.strings.format("image_bytes[{}]", index)
        size = declared_size(image_bytes, where)
        with tf.control_dependencies([self._check_size(size, where)]):
            decoded = tf.io.decode_image(tf.identity(image_bytes), expand_animations=False)
        lr = tf.ensure_shape(_rgb(decoded), (None, None, 3))
        # A GIF's image may differ from the size in its header.
        with tf.control_dependencies([self._check_size(tf.shape(lr, tf.int64)[:2], where)]):
            sr = uint8_from_sr(self._network(lr_from_uint8(lr[None])))
        return tf.io.encode_png(sr[0])

    def _bounded(self, lr: tf.Tensor, network: Callable[[tf.Tensor], tf.Tensor]) -> tf.Tensor:
        """Runs a batch at once if it is small, else image by image, so that memory stays bounded."""
        size = tf.shape(lr, tf.int64)
        with tf.control_dependencies([self._check_size(size[1:3], tf.constant("lr"))]):
            lr = tf.identity(lr)
        return tf.cond(
            tf.reduce_prod(size[:3]) <= self._max_pixels,
            lambda: network(lr),
            lambda: tf.map_fn(
                lambda one: network(one[None])[0], lr, fn_output_signature=lr.dtype, parallel_iterations=1
            ),
        )

    def _check_size(self, size: tf.Tensor, where: tf.Tensor) -> tf.Operation:
        shown = tf.strings.format("{}x{}", (size[1], size[0]))
        allowed = (tf.reduce_min(size) > 0) & (tf.reduce_prod(tf.cast(size, tf.float64)) <= self._max_pixels)
        message = [where, " is ", shown, f": expected an image of 1 to {self._max_pixels} pixels"]
        return tf.debugging.Assert(allowed, [tf.strings.join(message)])


def _rgb(decoded: tf.Tensor) -> tf.Tensor:
    """Returns a decoded image of 1 to 4 channels (grey or RGB, with or without alpha) as RGB over white."""
    channels = tf.shape(decoded)[-1]
    colour = decoded[..., : channels - 1 + channels % 2]
    colour = tf.cond(tf.shape(colour)[-1] == 1, lambda: tf.repeat(colour, 3, axis=-1), lambda: colour)

    def over_white() -> tf.Tensor:
        alpha = tf.cast(decoded[..., -1:], tf.float32) / 255
        return tf.cast(tf.round(255 + (tf.cast(colour, tf.float32) - 255) * alpha), tf.uint8)

    return tf.cond(channels % 2 == 0, over_white, lambda: colour)
