import keras
import numpy as np
import pytest
from keras.applications import vgg19

from srgan_tf.errors import UsageError
from srgan_tf.models.vgg import feature_extractor, features_name, vgg19_until
from srgan_tf.new_config import new_config
from srgan_tf.training.run import build
from tests.helpers import TINY_RUN


@pytest.fixture(scope="module")
def whole_vgg(tmp_path_factory):
    """VGG-19 with random weights in Keras' legacy file layout, the one of the published file."""
    model = keras.applications.VGG19(include_top=False, weights=None)
    path = tmp_path_factory.mktemp("vgg") / "vgg19.h5"
    model.save_weights(path.with_suffix(".weights.h5"))
    write_legacy(model, path)
    return model, path


def write_legacy(model, path):
    import h5py

    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [layer.name.encode() for layer in model.layers]
        for layer in model.layers:
            group = file.create_group(layer.name)
            names = [f"{layer.name}_{kind}_1:0" for kind in ("W", "b")][: len(layer.weights)]
            group.attrs["weight_names"] = [n.encode() for n in names]
            for name, weight in zip(names, layer.get_weights()):
                group[name] = weight


@pytest.mark.parametrize(("content_loss", "layer"), [("vgg22", "block2_conv2"), ("vgg54", "block5_conv4")])
def test_features_are_those_of_the_whole_network(whole_vgg, content_loss, layer):
    whole, path = whole_vgg
    crops = np.random.default_rng(0).uniform(-1, 1, (1, 32, 32, 3)).astype(np.float32)
    features = feature_extractor(content_loss, str(path))
    levels = (crops + 1.0) * 127.5
    bgr = levels[..., ::-1] - np.array([103.939, 116.779, 123.68], np.float32)
    expected = keras.Model(whole.input, whole.get_layer(layer).output)(bgr)
    np.testing.assert_allclose(features(crops), expected, rtol=1e-4, atol=1e-4)
    assert not features.model.trainable_variables
    assert float(np.min(features(crops))) >= 0.0, "features are taken after the ReLU"


@pytest.mark.slow
def test_an_adversarial_step_goes_through_the_whole_network(whole_vgg):
    whole, path = whole_vgg
    values = {**TINY_RUN, "phase": "gan", "content_loss": "vgg54", "vgg_weights": str(path)}
    values |= {"data": "sample", "init_from": "start.keras", "crop_size": 48}
    training, _ = build(new_config(values), None, synchronized=False)
    rng = np.random.default_rng(0)
    lr = rng.uniform(size=(4, 12, 12, 3)).astype(np.float32)
    hr = rng.uniform(-1, 1, (4, 48, 48, 3)).astype(np.float32)
    phi = keras.Model(whole.input, whole.get_layer("block5_conv4").output)
    sr = training.generator(lr, training=True)
    of_hr, of_sr = (phi(vgg19.preprocess_input((np.array(x) + 1) * 127.5)).numpy() for x in (hr, sr))
    expected = np.mean((of_hr.astype(np.float64) - of_sr) ** 2) / 12.75**2
    before = training.generator.get_weights()
    terms = training.train_step((lr, hr))
    np.testing.assert_allclose(terms["content"], expected, rtol=1e-3)
    changed = [np.any(a != b) for a, b in zip(before, training.generator.get_weights())]
    assert any(changed)


def test_vgg22_loads_nothing_beyond_its_layer(whole_vgg):
    model = vgg19_until("block2_conv2", whole_vgg[1])
    assert model.count_params() == 260_160


def test_bfloat16_keeps_the_image_in_float32(whole_vgg):
    crops = np.random.default_rng(1).uniform(-1, 1, (1, 32, 32, 3)).astype(np.float32)
    exact = feature_extractor("vgg22", str(whole_vgg[1]))(crops).numpy()
    features = feature_extractor("vgg22", str(whole_vgg[1]), precision="mixed_bfloat16")
    assert features.model.get_layer("block1_conv1").compute_dtype == "float32"
    assert features.model.get_layer("block1_conv2").compute_dtype == "bfloat16"
    error = np.abs(features(crops).numpy() - exact).mean()
    assert 0 < error < 0.02 * np.abs(exact).mean()


def test_unusable_weights_are_named(tmp_path, monkeypatch):
    with pytest.raises(UsageError, match="no such file"):
        feature_extractor("vgg54", str(tmp_path / "absent.h5"))
    (tmp_path / "text.h5").write_text("hello")
    with pytest.raises(UsageError, match="not a readable HDF5"):
        feature_extractor("vgg54", str(tmp_path / "text.h5"))
    small = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Conv2D(2, 3, name="block1_conv1")])
    write_legacy(small, tmp_path / "small.h5")
    with pytest.raises(UsageError, match="no weights for block1_conv2"):
        feature_extractor("vgg22", str(tmp_path / "small.h5"))
    dense = keras.Sequential([keras.Input((8,)), keras.layers.Dense(2)])
    dense.save(tmp_path / "dense.keras")
    with pytest.raises(UsageError, match="expected a model from"):
        feature_extractor("vgg22", str(tmp_path / "dense.keras"))


def test_offline_says_what_to_fetch_and_where_to_put_it(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr("srgan_tf.models.vgg.IMAGENET_URL", "file:///nowhere/vgg19.h5")
    with pytest.raises(UsageError, match=r"--vgg_weights=imagenet.*notop\.h5.*md5 253f8cb5.*--vgg_weights$"):
        feature_extractor("vgg54", "imagenet")


def test_substitute_models_are_taken_as_they_are(srgan_data):
    path = srgan_data.parent / "weights" / "vgg19_normalised_block2_conv2.keras"
    if not path.exists():
        pytest.skip(f"{path} is absent")
    features = feature_extractor("vgg22", str(path))
    crops = np.random.default_rng(0).uniform(-1, 1, (1, 32, 32, 3)).astype(np.float32)
    assert features(crops).shape == (1, 16, 16, 128)


@pytest.mark.parametrize(
    ("content_loss", "weights", "name"),
    [
        ("mse", "imagenet", "MSE"),
        ("vgg54", "imagenet", "VGG54"),
        ("vgg22", "a/vgg19.h5", "VGG22"),
        ("vgg54", "a/vgg19_distilled_block5_conv1.keras", "substitute for VGG54"),
        ("vgg22", "vgg19_normalised_block2_conv2.keras", "VGG22, normalised per channel"),
        ("vgg54", "vgg19_normalised_block2_conv2.keras", "vgg19_normalised_block2_conv2.keras for VGG54"),
        ("vgg54", "b/mine.keras", "mine.keras for VGG54"),
    ],
)
def test_only_vggs_own_features_have_its_name(content_loss, weights, name):
    assert features_name(content_loss, weights) == name
