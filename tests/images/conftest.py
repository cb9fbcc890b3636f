from tests.inference.conftest import picture  # noqa: F401 - a fixture
