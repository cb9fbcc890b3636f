import numpy as np
import pytest

from srgan_tf.errors import UsageError
from srgan_tf.models.generator import GeneratorConfig, generator
from srgan_tf.models.precision import precision_named
from srgan_tf.models.saved import config_of, load_generator, save_generator


@pytest.mark.parametrize(
    "config",
    [
        GeneratorConfig(4, 2, 8),
        GeneratorConfig(3, 1, 6),
        GeneratorConfig(8, 3, 4, "leaky_relu"),
        GeneratorConfig(3, 2, 4, "leaky_relu", "direct"),
        GeneratorConfig(2, 2, 8),
    ],
)
def test_a_file_gives_back_the_same_network(tmp_path, config):
    network = generator(config, precision=precision_named("mixed_bfloat16", accelerator=False))
    save_generator(network.get_weights(), config, tmp_path / "w.keras")
    loaded = load_generator(tmp_path / "w.keras")
    assert config_of(loaded) == config
    for a, b in zip(network.get_weights(), loaded.get_weights()):
        np.testing.assert_array_equal(a, b)
    lr = np.random.default_rng(0).uniform(size=(1, 6, 7, 3)).astype(np.float32)
    plain = generator(config)
    plain.set_weights(network.get_weights())
    np.testing.assert_array_equal(loaded(lr), plain(lr))
    assert [p.name for p in tmp_path.iterdir()] == ["w.keras"]


def test_what_is_no_generator_is_named(tmp_path):
    with pytest.raises(UsageError, match=r"absent\.keras: no such weights file"):
        load_generator(tmp_path / "absent.keras")
    (tmp_path / "text.keras").write_text("hello")
    with pytest.raises(UsageError, match=r"text\.keras: not a generator"):
        load_generator(tmp_path / "text.keras")
