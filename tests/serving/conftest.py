"""A small exported generator, served by the stand-in."""

import pytest

from benchmarks.stand_in import serving
from srgan_tf.exporting.endpoints import Endpoints
from srgan_tf.exporting.saved_model import write_saved_model
from tests.helpers import random_generator

MAX_PIXELS = 60 * 60


@pytest.fixture(scope="session")
def served_generator():
    return random_generator()


@pytest.fixture(scope="session")
def exported(served_generator, tmp_path_factory):
    path = tmp_path_factory.mktemp("served") / "srgan" / "1"
    endpoints = Endpoints(served_generator, max_pixels=MAX_PIXELS)
    write_saved_model(endpoints, path, model_name="srgan", card="{}")
    return path


@pytest.fixture
def stand_in(exported):
    with serving(exported) as server:
        yield server


@pytest.fixture(params=["http", "grpc"])
def url(request, stand_in):
    return getattr(stand_in, request.param)
