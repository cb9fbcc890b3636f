"""The paper's losses (section 2.2), on tensors of any Keras backend; every one is a float32 scalar.

Means are over what the function is given. Under several replicas the trainer divides by their number, since
gradients are summed over replicas.
"""

from typing import Any

from keras import ops

VGG_SCALE = 1.0 / 12.75
"""Factor of the VGG features (section 3.2: 0.006 on the squared loss, exactly 1/12.75^2 = 0.00615)."""


def mse_loss(hr: Any, sr: Any) -> Any:
    """Returns the pixel-wise content loss l_MSE (eq. 4): the mean squared error.

    Args:
      hr: (N, H, W, 3) in [-1, 1].
      sr: the same shape.

    Returns:
      Scalar, mean over batch, positions and channels.
    """
    return ops.mean(ops.square(ops.cast(hr, "float32") - ops.cast(sr, "float32")))


def feature_loss(hr_features: Any, sr_features: Any) -> Any:
    """Returns the VGG content loss l_VGG/i.j (eq. 5): the mean squared error of features times 1/12.75.

    Args:
      hr_features: (N, h, w, C), activations of HR after ReLU.
      sr_features: the same of SR.

    Returns:
      Scalar, mean over batch, positions and channels.
    """
    difference = ops.cast(hr_features, "float32") - ops.cast(sr_features, "float32")
    return ops.mean(ops.square(VGG_SCALE * difference))


def generator_adversarial_loss(sr_logits: Any) -> Any:
    """Returns the adversarial loss of the generator (eq. 6): -log D(G(lr)), mean over the batch.

    Args:
      sr_logits: (N, 1), logits of SR.

    Returns:
      Scalar. softplus(-x) is -log(sigmoid(x)) without overflow.
    """
    return ops.mean(ops.softplus(-ops.cast(sr_logits, "float32")))


def real_loss(hr_logits: Any) -> Any:
    """Returns the discriminator's loss on HR: -log D(hr), mean over the batch, no label smoothing.

    Args:
      hr_logits: (N, 1).

    Returns:
      Scalar.
    """
    return ops.mean(ops.softplus(-ops.cast(hr_logits, "float32")))


def fake_loss(sr_logits: Any) -> Any:
    """Returns the discriminator's loss on SR: -log(1 - D(G(lr))), mean over the batch.

    Its sum with `real_loss` is the cross-entropy that eq. 2 has the discriminator minimise.

    Args:
      sr_logits: (N, 1).

    Returns:
      Scalar.
    """
    return ops.mean(ops.softplus(ops.cast(sr_logits, "float32")))


def consistency_loss(hr: Any, sr: Any, scale: int) -> Any:
    """Returns the squared error where LR tells what is right: in the averages of scale x scale pixels.

    A discriminator may prefer other colours and lights than HR's, and a loss on low features
    hardly minds. Squared error of the pixels holds them, and the texture with them; that of the averages
    holds them alone. The paper has no such term.

    Args:
      hr: (N, H, W, 3) in [-1, 1]; H and W multiples of scale.
      sr: the same shape.
      scale: HR side over LR side.

    Returns:
      Scalar: the mean squared error of the averages.
    """
    error = ops.cast(sr, "float32") - ops.cast(hr, "float32")
    height, width, channels = error.shape[1:]
    cells = (-1, height // scale, scale, width // scale, scale, channels)
    return ops.mean(ops.square(ops.mean(ops.reshape(error, cells), axis=(2, 4))))


GRID_CELLS = 8
"""Side of the windows in which `grid_loss` looks for a pattern, in LR pixels."""


def grid_loss(hr: Any, sr: Any, scale: int) -> Any:
    """Returns the part of the error that repeats with every LR pixel: the checkerboard, and little else.

    The scale^2 pixels that belong to one LR pixel come from different kernels. A loss on deep features asks
    for fine structure, and the cheapest one that a generator can make is a difference between those kernels.
    The error of each sub-position, averaged over windows of 8x8 LR pixels, keeps that pattern and loses
    texture, whose errors have no fixed place. The paper has no such term.

    Args:
      hr: (N, H, W, 3) in [-1, 1]; H and W multiples of 8 * scale.
      sr: the same shape.
      scale: HR side over LR side.

    Returns:
      Scalar: the mean squared deviation of a window's sub-positions from their own mean.
    """
    error = ops.cast(sr, "float32") - ops.cast(hr, "float32")
    height, width, channels = error.shape[1:]
    side = GRID_CELLS * scale
    windows = (-1, height // side, GRID_CELLS, scale, width // side, GRID_CELLS, scale, channels)
    pattern = ops.mean(ops.reshape(error, windows), axis=(2, 5))
    return ops.mean(ops.square(pattern - ops.mean(pattern, axis=(2, 4), keepdims=True)))


def total_variation_loss(sr: Any) -> Any:
    """Returns total variation: the *sum* of absolute differences of neighbours, mean over the batch.

    The paper's weight of 2e-8 (SRResNet-VGG22, section 3.2) belongs to the sum.

    Args:
      sr: (N, H, W, 3).

    Returns:
      Scalar.
    """
    sr = ops.cast(sr, "float32")
    down = ops.abs(sr[:, 1:] - sr[:, :-1])
    right = ops.abs(sr[:, :, 1:] - sr[:, :, :-1])
    per_image = ops.sum(down, axis=(1, 2, 3)) + ops.sum(right, axis=(1, 2, 3))
    return ops.mean(per_image)
