"""Layers of the networks: each fast form beside the plain form that defines it.

The plain forms are written with `keras.ops` and run on every Keras backend. The fast forms are used with
TensorFlow only; they have the same weights and, within rounding, the same values and gradients.
"""

from typing import Any

import keras
from keras import ops

if keras.backend.backend() == "tensorflow":
    import tensorflow as tf
else:
    tf = None


def sub_pixel_shuffle(x: Any, factor: int) -> Any:
    """Returns channels rearranged into space: the sub-pixel layer of Shi et al. (CVPR 2016), eq. 4.

    Args:
      x: (N, H, W, factor^2 * C); channels packed as (row, column, C).
      factor: by which each side grows.

    Returns:
      (N, factor * H, factor * W, C), dtype of x.
    """
    return ops.depth_to_space(x, factor)


@keras.saving.register_keras_serializable("srgan_tf")
class ICNR(keras.initializers.Initializer):
    """Start of a convolution that feeds a sub-pixel shuffle (Aitken et al., 2017, arXiv 1707.02937).

    Every kernel is repeated for the factor^2 sub-positions, so that at first the result equals one
    convolution, upscaled by nearest neighbour: no checkerboard to unlearn.

    Args:
      factor: of the shuffle that follows.
      seed: seed of the underlying He-normal kernels.
    """

    def __init__(self, factor: int, seed: int | None = None) -> None:
        self.factor = factor
        self.seed = seed
        self._kernels = keras.initializers.HeNormal(seed=seed)

    def __call__(self, shape: tuple[int, ...], dtype: Any = None) -> Any:
        """Returns a kernel of `shape` (height, width, in, factor^2 * out)."""
        copies = self.factor**2
        if shape[-1] % copies:
            raise ValueError(f"ICNR needs a multiple of {copies} output channels. Received: shape={shape}")
        one = self._kernels((*shape[:-1], shape[-1] // copies), dtype=dtype)
        return ops.tile(one, (*(1,) * (len(shape) - 1), copies))

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that make an equal initializer."""
        return {"factor": self.factor, "seed": self.seed}


def prelu(x: Any, slope: Any) -> Any:
    """Returns x where positive, else slope * x: parametric ReLU (He et al., ICCV 2015), the plain form."""
    return ops.where(x > 0, x, slope * x)


if tf is not None:
    # Element by element TensorFlow makes a pass over memory for each comparison, product and cast; compiled
    # by XLA they are one. A reduction would be slow there, so the slope's gradient is summed outside.

    @tf.function(jit_compile=True, autograph=False)
    def _compiled_prelu(x: tf.Tensor, slope: tf.Tensor, dtype: str) -> tf.Tensor:
        return tf.cast(prelu(tf.cast(x, slope.dtype), slope), dtype)

    @tf.function(jit_compile=True, autograph=False)
    def _compiled_gradient(x: tf.Tensor, slope: tf.Tensor, dy: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        wide, dy = tf.cast(x, slope.dtype), tf.cast(dy, slope.dtype)
        return tf.cast(tf.where(wide > 0, dy, slope * dy), x.dtype), tf.minimum(wide, 0) * dy

    def fast_prelu(x: tf.Tensor, slope: tf.Tensor, dtype: str) -> tf.Tensor:
        """Returns the same for training, casts included: computed in the slope's type, given in `dtype`."""

        @tf.custom_gradient
        def compiled(x: tf.Tensor, slope: tf.Tensor) -> tuple[tf.Tensor, Any]:
            def gradient(dy: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
                dx, of_slope = _compiled_gradient(x, slope, dy)
                return dx, tf.reduce_sum(of_slope, axis=[0, 1, 2])

            return _compiled_prelu(x, slope, dtype), gradient

        return compiled(x, slope)


@keras.saving.register_keras_serializable("srgan_tf")
class PReLU(keras.layers.Layer):
    """Parametric ReLU with one learned slope per channel, for images of any size.

    Before a sub-pixel shuffle it may hold the slopes of the channels after it (`copies` = factor^2): PReLU
    and shuffle commute, and the convolution behind them is cheaper before the shuffle. Inputs of any type
    are taken as they are; the result has the layer's compute type.

    Args:
      copies: how often the slopes are repeated along the channels.
    """

    def __init__(self, copies: int = 1, **kwargs: Any) -> None:
        super().__init__(autocast=False, **kwargs)
        self.copies = copies

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Makes the slopes, (channels / copies,), at 0.25 as in He et al."""
        self.slope = self.add_weight(
            shape=(input_shape[-1] // self.copies,),
            initializer=keras.initializers.Constant(0.25),
            autocast=False,
            name="slope",
        )

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """(N, H, W, C) -> (N, H, W, C)."""
        slope = ops.tile(self.slope, (self.copies,))
        if tf is not None and training:  # in inference each size of image would be compiled anew
            return fast_prelu(inputs, slope, self.compute_dtype)
        return ops.cast(prelu(ops.cast(inputs, slope.dtype), slope), self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that make an equal layer."""
        return {**super().get_config(), "copies": self.copies}


@keras.saving.register_keras_serializable("srgan_tf")
class BatchNormalization(keras.layers.BatchNormalization):
    """Keras' batch normalisation, through the fused kernel while training on one replica.

    Keras computes moments and normalisation as separate element-wise operations; the fused kernel reads
    the tensor half as often. Synchronized normalisation, inference and other backends use Keras' own form.
    """

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """(N, H, W, C) -> (N, H, W, C), float32 inside."""
        if tf is None or not training or not self.trainable or self.synchronized:
            return super().call(inputs, training=training)
        # 16-bit inputs stay as they are: the kernel reads them so and computes in float32.
        y, mean, variance = tf.compat.v1.nn.fused_batch_norm(
            inputs, self.gamma, self.beta, epsilon=self.epsilon, is_training=True
        )
        count = tf.cast(tf.size(inputs) // tf.shape(inputs)[-1], tf.float32)
        variance *= (count - 1.0) / count  # the kernel's is Bessel-corrected, Keras' is not
        self.moving_mean.assign(self.momentum * self.moving_mean + (1.0 - self.momentum) * mean)
        self.moving_variance.assign(self.momentum * self.moving_variance + (1.0 - self.momentum) * variance)
        return tf.cast(y, self.compute_dtype)


def kernel_before_shuffle(kernel: Any, factor: int) -> Any:
    """Returns the kernel that does before a sub-pixel shuffle what `kernel` does after it.

    A k x k convolution of a shuffled image reads, for each of the factor^2 sub-positions of its output,
    a window of the image before the shuffle. Shifting the kernel by the sub-position and cutting it into
    factor x factor cells gives that window's weights. 9x9 with factor 2 becomes 5x5.

    Args:
      kernel: (k, k, C, M), k odd.
      factor: of the shuffle.

    Returns:
      (t, t, factor^2 * C, factor^2 * M) with t = 2 * ceil((k // 2) / factor) + 1; channels are packed as
      `sub_pixel_shuffle` unpacks them.
    """
    size, _, channels, filters = kernel.shape
    half = size // 2
    reach = -(-half // factor)
    taps = 2 * reach + 1
    before = factor * reach - half
    after = factor * taps - size - before
    shifted = []
    for row in range(factor):
        for column in range(factor):
            window = ops.pad(
                kernel,
                [[before + row, after - row], [before + column, after - column], [0, 0], [0, 0]],
            )
            cells = ops.reshape(window, (taps, factor, taps, factor, channels, filters))
            cells = ops.transpose(cells, (0, 2, 1, 3, 4, 5))
            shifted.append(ops.reshape(cells, (taps, taps, factor**2 * channels, filters)))
    return ops.concatenate(shifted, axis=-1)


@keras.saving.register_keras_serializable("srgan_tf")
class ShuffledConv2D(keras.layers.Layer):
    """Sub-pixel shuffle and then a convolution, computed as a convolution and then the shuffle.

    With few output channels a large convolution at full size is bound by memory: 9x9 to 3 channels at four
    times the pixels costs more than 5x5 to 12 channels before the shuffle. The weights are the plain form's.

    Args:
      filters: output channels of the convolution.
      kernel_size: its odd window.
      factor: of the shuffle.
    """

    def __init__(self, filters: int, kernel_size: int, factor: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.filters = filters
        self.kernel_size = kernel_size
        self.factor = factor

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Makes kernel (k, k, C / factor^2, filters) and bias (filters,)."""
        channels = input_shape[-1] // self.factor**2
        self.kernel = self.add_weight(
            shape=(self.kernel_size, self.kernel_size, channels, self.filters),
            initializer="glorot_uniform",
            name="kernel",
        )
        self.bias = self.add_weight(shape=(self.filters,), initializer="zeros", name="bias")

    def call(self, inputs: Any) -> Any:
        """(N, H, W, factor^2 * C) -> (N, factor * H, factor * W, filters)."""
        kernel = kernel_before_shuffle(self.kernel, self.factor)
        y = ops.conv(inputs, kernel, padding="same")
        y = y + ops.tile(self.bias, (self.factor**2,))
        return sub_pixel_shuffle(y, self.factor)

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that make an equal layer."""
        return {
            **super().get_config(),
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "factor": self.factor,
        }


@keras.saving.register_keras_serializable("srgan_tf")
class NearestAnchor(keras.layers.Layer):
    """LR in the form of a sub-pixel convolution's output: shuffled, it is LR upscaled by nearest neighbour.

    Added before the last shuffle it leaves to the network only what nearest neighbour lacks, a smaller range
    that int8 holds in finer steps (Du et al., CVPR workshops 2021, arXiv 2105.09750).

    Args:
      factor: of the shuffle that follows.
    """

    def __init__(self, factor: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.factor = factor

    def call(self, inputs: Any) -> Any:
        """LR (N, h, w, 3) in [0, 1] -> (N, h, w, 3 * factor^2) in [-1, 1]."""
        return ops.tile(2 * inputs - 1, (1, 1, 1, self.factor**2))

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that make an equal layer."""
        return {**super().get_config(), "factor": self.factor}
