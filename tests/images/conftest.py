from tests.inference.conftest import chelsea  # noqa: F401 - a fixture
