"""The same networks from Keras' own layers, trained the plain way, as the measure of ours."""

import keras
import tensorflow as tf
from keras import layers

from srgan_tf.models.networks import config_of


def srresnet(blocks: int = 16, filters: int = 64) -> keras.Model:
    """Returns SRResNet x4 as drawn: Conv2D, BatchNormalization, PReLU, Add and depth_to_space of Keras."""
    lr = keras.Input((None, None, 3))
    x = head = layers.PReLU(shared_axes=[1, 2])(layers.Conv2D(filters, 9, padding="same")(lr))
    for _ in range(blocks):
        y = layers.BatchNormalization()(layers.Conv2D(filters, 3, padding="same", use_bias=False)(x))
        y = layers.PReLU(shared_axes=[1, 2])(y)
        y = layers.BatchNormalization()(layers.Conv2D(filters, 3, padding="same", use_bias=False)(y))
        x = layers.Add()([x, y])
    x = layers.BatchNormalization()(layers.Conv2D(filters, 3, padding="same", use_bias=False)(x))
    x = layers.Add()([x, head])
    for _ in range(2):
        x = keras.ops.depth_to_space(layers.Conv2D(4 * filters, 3, padding="same")(x), 2)
        x = layers.PReLU(shared_axes=[1, 2])(x)
    return keras.Model(lr, layers.Conv2D(3, 9, padding="same")(x))


def like(model: keras.Model) -> keras.Model:
    """Returns the stock network with the weights of a generator of ours."""
    config = config_of(model)
    plain = srresnet(config.blocks, config.filters)
    pairs = zip(model.get_weights(), plain.get_weights(), strict=True)
    plain.set_weights([value.reshape(stock.shape) for value, stock in pairs])  # PReLU's have two axes more
    return plain


def discriminator(size: int = 96, filters: int = 64) -> keras.Model:
    """Returns the paper's discriminator from Keras' own layers; gives logits."""
    image = keras.Input((size, size, 3))
    x = layers.LeakyReLU(0.2)(layers.Conv2D(filters, 3, padding="same")(image))
    for width, stride in ((1, 2), (2, 1), (2, 2), (4, 1), (4, 2), (8, 1), (8, 2)):
        x = layers.Conv2D(width * filters, 3, stride, padding="same", use_bias=False)(x)
        x = layers.LeakyReLU(0.2)(layers.BatchNormalization()(x))
    x = layers.LeakyReLU(0.2)(layers.Dense(16 * filters)(layers.Flatten()(x)))
    return keras.Model(image, layers.Dense(1)(x))


def srresnet_step(network: keras.Model):
    """Returns one step of the first phase with Keras' Adam."""
    optimizer = keras.optimizers.Adam(1e-4)
    optimizer.build(network.trainable_variables)

    @tf.function
    def step(lr: tf.Tensor, hr: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(hr - tf.cast(network(lr, training=True), tf.float32)))
        gradients = tape.gradient(loss, network.trainable_variables)
        optimizer.apply_gradients(zip(gradients, network.trainable_variables, strict=True))
        return loss

    return step


def srgan_step(network: keras.Model, critic: keras.Model, features: keras.Model):
    """Returns one step of the second phase as tutorials write it: a tape and a generator pass a network."""
    optimizers = keras.optimizers.Adam(1e-4), keras.optimizers.Adam(1e-4)
    for optimizer, model in zip(optimizers, (network, critic), strict=True):
        optimizer.build(model.trainable_variables)
    entropy = keras.losses.BinaryCrossentropy(from_logits=True)

    def phi(images: tf.Tensor) -> tf.Tensor:
        return features(keras.applications.vgg19.preprocess_input(127.5 * (images + 1.0))) / 12.75

    @tf.function
    def step(lr: tf.Tensor, hr: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            real, fake = critic(hr, training=True), critic(network(lr, training=True), training=True)
            loss = entropy(tf.ones_like(real), real) + entropy(tf.zeros_like(fake), fake)
        gradients = tape.gradient(loss, critic.trainable_variables)
        optimizers[1].apply_gradients(zip(gradients, critic.trainable_variables, strict=True))
        with tf.GradientTape() as tape:
            sr = network(lr, training=True)
            fake = critic(sr, training=True)
            loss = tf.reduce_mean(tf.square(phi(hr) - phi(sr))) + 1e-3 * entropy(tf.ones_like(fake), fake)
        gradients = tape.gradient(loss, network.trainable_variables)
        optimizers[0].apply_gradients(zip(gradients, network.trainable_variables, strict=True))
        return loss

    return step
