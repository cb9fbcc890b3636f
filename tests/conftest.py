"""Set-up of every test: two logical CPU devices, which must be asked for before TensorFlow starts."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import hypothesis
import pytest
import tensorflow as tf
from PIL import Image

from srgan_tf.errors import exit_code
from tests.helpers import ROOT, SERVED_PIXELS, TINY_RUN, tiny_generator

hypothesis.settings.register_profile("machines of any speed", deadline=None)
hypothesis.settings.load_profile("machines of any speed")
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks the tests that open a browser or start a cluster, and as slow those that start processes."""
    for item in items:
        used = set(getattr(item, "fixturenames", ()))
        if "browser" in used:
            item.add_marker("browser")
        if "running_nodes" in used:
            item.add_marker("cluster")
        if used & {"command", "started", "running_nodes"}:
            item.add_marker("slow")


@pytest.fixture(scope="session")
def srgan_data() -> Path:
    """The extra images and weights, where `SRGAN_DATA` says they are."""
    root = os.environ.get("SRGAN_DATA")
    if not root:
        pytest.skip("SRGAN_DATA is not set: the extra images and weights are not here")
    return Path(root)


@pytest.fixture(scope="session")
def image_folder(tmp_path_factory) -> Path:
    """Eight small images in a folder."""
    from skimage import data

    folder = tmp_path_factory.mktemp("images")
    whole = data.astronaut()
    for i in range(8):
        y, x = 60 * (i // 4) + 20, 100 * (i % 4)
        Image.fromarray(whole[y : y + 60, x : x + 72]).save(folder / f"photo{i}.png")
    return folder


@pytest.fixture(scope="session")
def exported(tmp_path_factory) -> Path:
    """The directory of version 1 of the tiny generator's SavedModel; it takes `SERVED_PIXELS`."""
    from srgan_tf.exporting.endpoints import Endpoints
    from srgan_tf.exporting.saved_model import write_saved_model

    path = tmp_path_factory.mktemp("exported") / "srgan" / "1"
    endpoints = Endpoints(tiny_generator(), max_pixels=SERVED_PIXELS)
    write_saved_model(endpoints, path, model_name="srgan", card='{"scale": 4}')
    return path


@pytest.fixture
def tiny(image_folder) -> dict:
    """Values of a run of seconds."""
    return {**TINY_RUN, "data": str(image_folder)}


@pytest.fixture
def command():
    """Runs one of the project's commands as a user would and gives the finished process."""

    def run(*arguments, env=None, **kwargs) -> subprocess.CompletedProcess:
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=environment(env),
            capture_output=True,
            text=True,
            timeout=300,
            **kwargs,
        )

    return run


@pytest.fixture
def main_in_process(monkeypatch, capfd):
    """Runs a command's `main` in this process; gives its exit code and what it printed."""

    def run(main: Callable[[], int | None], *arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["command", *map(str, arguments)])
        code = exit_code(main)
        return code, *capfd.readouterr()

    return run


@pytest.fixture
def started():
    """Starts one of the project's commands; what still runs at the end of the test is killed."""
    processes = []

    def start(*arguments, env=None) -> subprocess.Popen:
        process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=environment(env),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        processes.append(process)
        return process

    yield start
    for process in processes:
        if process.poll() is None:
            process.kill()
        process.communicate()


def environment(changes: dict[str, str] | None) -> dict[str, str]:
    """The environment of a command: unbuffered, so that its lines can be followed."""
    kept = {k: v for k, v in os.environ.items() if k != "TF_CONFIG"}
    return {**kept, "PYTHONUNBUFFERED": "1", **(changes or {})}
