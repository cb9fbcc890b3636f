"""A benchmark of two small images, two tiny networks, and a way to call an experiment's main function."""

import sys

import pytest

from srgan_tf.models.networks import config_of
from srgan_tf.models.weights import save as save_generator
from tests.helpers import random_generator, sample_image, save


@pytest.fixture(scope="session")
def small_set(tmp_path_factory):
    """A folder with the dataset Set5 of two images of 112x120 pixels."""
    root = tmp_path_factory.mktemp("benchmarks")
    for i in range(2):
        save(sample_image(112, 120, 3 * i), root / f"Set5/photo{i}.png")
    return root


@pytest.fixture(scope="session")
def networks(tmp_path_factory):
    """Two weights files of tiny generators."""
    root = tmp_path_factory.mktemp("networks")
    paths = []
    for seed in range(2):
        model = random_generator(seed=seed)
        paths.append(root / f"network{seed}.keras")
        save_generator(model.get_weights(), config_of(model), paths[-1])
    return paths


@pytest.fixture
def call(monkeypatch, tmp_path):
    """Calls the main function of an experiment with these flags, in a folder of its own."""
    monkeypatch.chdir(tmp_path)

    def run(main, *flags):
        monkeypatch.setattr(sys, "argv", ["experiment", *map(str, flags)])
        return main()

    return run
