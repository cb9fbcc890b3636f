"""The wheel, installed in an environment of its own and run outside the checkout."""

import os
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def run(*command, **kwargs):
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    return subprocess.run(command, capture_output=True, text=True, timeout=300, env=environment, **kwargs)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel; nothing may be left beside the sources."""
    before = sorted(ROOT.iterdir())
    out = tmp_path_factory.mktemp("wheel")
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "wheel", "--no-deps", "--no-index")
    done = run(*pip, "--no-build-isolation", f"--wheel-dir={out}", ROOT)
    assert done.returncode == 0, done.stderr
    assert sorted(ROOT.iterdir()) == before
    (path,) = out.iterdir()
    return path


@pytest.fixture(scope="module")
def scripts(wheel, tmp_path_factory):
    """The folder of the scripts of an environment that has the wheel, and this one's libraries behind it."""
    venv = tmp_path_factory.mktemp("installed") / "venv"
    assert run(sys.executable, "-m", "venv", "--without-pip", venv).returncode == 0
    (own,) = venv.glob("lib/python*/site-packages")
    (own / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    python = venv / "bin" / "python"
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", f"--python={python}")
    done = run(*pip, "install", "--no-deps", "--no-index", wheel)
    assert done.returncode == 0, done.stderr
    return venv / "bin"


def test_the_wheel_holds_every_file_of_the_package(wheel):
    listed = run("git", "ls-files", "-z", "srgan_tf", cwd=ROOT)
    if listed.returncode:
        pytest.skip("not a git checkout")
    with zipfile.ZipFile(wheel) as archive:
        assert set(listed.stdout.split("\0")) - {""} <= set(archive.namelist())


@pytest.mark.slow
def test_every_script_helps(scripts, tmp_path):
    names = sorted(PROJECT["scripts"])
    assert len(names) == 9
    for name in names:
        done = run(scripts / name, "--help", cwd=tmp_path)
        assert (done.returncode, done.stderr) == (0, ""), name
        assert done.stdout.strip(), name


@pytest.mark.slow
def test_the_installed_command_upscales_as_the_checkout_does(scripts, tmp_path):
    done = run(scripts / "python", "-c", "import srgan_tf; print(srgan_tf.__file__)", cwd=tmp_path)
    assert done.stdout.startswith(str(scripts.parent)), done.stderr
    Image.fromarray(data.astronaut()[40:80, 180:230]).save(tmp_path / "face.png")
    done = run(scripts / "srgan-upscale", "face.png", "--model=espcn", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    done = run(
        sys.executable,
        ROOT / "upscale.py",
        tmp_path / "face.png",
        f"--output={tmp_path}/own.png",
        "--model=espcn",
    )
    assert done.returncode == 0, done.stderr
    installed, own = (np.asarray(Image.open(tmp_path / name)) for name in ("face_x4.png", "own.png"))
    assert installed.shape == (160, 200, 3)
    np.testing.assert_array_equal(installed, own)


@pytest.mark.parametrize(
    ("module", "names"),
    [
        ("srgan_tf.evaluation.opinion", ("srgan-opinion", "python -m srgan_tf.opinion")),
        ("srgan_tf.evaluation.niqe", ("srgan-niqe", "python -m srgan_tf.metrics.niqe")),
    ],
)
def test_a_command_of_another_name_is_told_its_name(command, module, names):
    done = command("-m", module, "report", "study")
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1
    assert all(name in done.stderr for name in names)
