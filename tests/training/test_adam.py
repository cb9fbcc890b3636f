import keras
import numpy as np
import tensorflow as tf

from srgan_tf.training.adam import Adam


def test_equals_keras_adam():
    rng = np.random.default_rng(0)
    results = []
    gradients = rng.normal(size=(30, 5, 4)).astype(np.float32)
    start = rng.normal(size=(5, 4)).astype(np.float32)
    for optimizer in (keras.optimizers.Adam(0.01, beta_1=0.9), Adam(0.01, beta_1=0.9)):
        variable = keras.Variable(start)
        optimizer.build([variable])
        for gradient in gradients:
            optimizer.apply_gradients([(tf.constant(gradient), variable)])
        results.append([variable.numpy(), *(v.numpy() for v in optimizer.variables)])
    for expected, got in zip(*results):
        np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-6)
