"""The small exported generator, served by the stand-in."""

import pytest

from benchmarks.stand_in import serving


@pytest.fixture
def stand_in(exported):
    with serving(exported) as server:
        yield server


@pytest.fixture(params=["http", "grpc"])
def url(request, stand_in):
    return getattr(stand_in, request.param)
