import numpy as np

from srgan_tf.models.discriminator import discriminator


def test_parameter_count_of_the_papers_size():
    convolutions = [(3, 64), (64, 64), (64, 128), (128, 128), (128, 256), (256, 256), (256, 512), (512, 512)]
    expected = sum(9 * a * b for a, b in convolutions) + 64
    expected += sum(4 * b for _, b in convolutions[1:])
    expected += 6 * 6 * 512 * 1024 + 1024 + 1024 + 1
    assert discriminator().count_params() == 23_567_361 == expected


def test_gives_a_logit_for_each_crop():
    network = discriminator(24, 8)
    crops = np.random.default_rng(0).uniform(-1, 1, (3, 24, 24, 3)).astype(np.float32)
    logits = network(crops, training=False).numpy()
    assert logits.shape == (3, 1)
    assert network.layers[-1].activation.__name__ == "linear"
    assert len(np.unique(logits)) == 3
