import keras
import numpy as np
import pytest
from keras.applications import vgg19

from srgan_tf.evaluation.protocols import feature_metric, niqe_metric
from srgan_tf.metrics.niqe import FEATURES, default_model, load_model, niqe
from srgan_tf.models.vgg import vgg19_until


@pytest.fixture(scope="module")
def random_vgg(tmp_path_factory):
    """The whole of VGG-19 up to block2_conv2 with random weights, in Keras' layout and as a model."""
    keras.utils.set_random_seed(0)
    folder = tmp_path_factory.mktemp("vgg")
    model = vgg19_until("block2_conv2", None)
    model.save_weights(folder / "vgg.weights.h5")
    model.save(folder / "mine.keras")
    return folder, model


def test_the_feature_distance_is_the_papers(random_vgg, astronaut):
    folder, model = random_vgg
    metric = feature_metric("vgg22", str(folder / "mine.keras"))
    sr, hr = astronaut[:32, :40], astronaut[1:33, 2:42]
    of_sr, of_hr = (model(vgg19.preprocess_input(p[None].astype(np.float32))).numpy() for p in (sr, hr))
    expected = np.mean(((of_sr.astype(np.float64) - of_hr) / 12.75) ** 2)
    assert metric.of(sr, hr)[0] == pytest.approx(expected, rel=1e-3)
    assert metric.of(hr, hr) == (0.0,)


def test_only_vggs_own_weights_give_the_figure_its_name(random_vgg, srgan_data):
    folder, _ = random_vgg
    assert feature_metric("vgg22", str(folder / "mine.keras")).names == ("features(mine)",)
    path = srgan_data.parent / "weights" / "vgg19_distilled_block5_conv1.keras"
    if not path.exists():
        pytest.skip(f"{path} is absent")
    assert feature_metric("vgg54", str(path)).names == ("features(vgg19_distilled_block5_conv1)",)


def test_niqe_without_a_file_has_the_parameters_of_the_package(astronaut):
    assert niqe_metric("photographs").of(astronaut, astronaut) == (niqe(astronaut, default_model()),)


def test_niqe_is_that_of_the_image_alone(tmp_path, astronaut):
    path = tmp_path / "parameters.npz"
    np.savez(path, mu_prisparam=np.linspace(0, 1, FEATURES), cov_prisparam=np.eye(FEATURES))
    metric = niqe_metric(str(path))
    assert metric.names == ("NIQE",)
    assert metric.of(astronaut, astronaut[::-1]) == (niqe(astronaut, load_model(path)),)
    np.savez(path, mu_prisparam=np.zeros(FEATURES), cov_prisparam=np.eye(FEATURES))
    assert niqe_metric(str(path)).fingerprint != metric.fingerprint
