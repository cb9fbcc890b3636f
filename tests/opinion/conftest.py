"""A small study of real images, raters who rate it, and the server as a process of its own."""

import re
from pathlib import Path

import pytest
from PIL import Image
from skimage import data

from srgan_tf.data.degradation import downscale, upscale_bicubic
from srgan_tf.opinion import session
from srgan_tf.opinion.create import create_study, nearest
from srgan_tf.opinion.store import Store
from srgan_tf.opinion.study import Study, Version, save_study
from srgan_tf.opinion.web import Limits, create_app

GENEROUS = Limits("100000 per second", "100000 per second", "100000 per second", "100000 per second")
METHODS = ("nearest", "bicubic", "softened", "original")


@pytest.fixture(scope="session")
def folders(tmp_path_factory) -> Path:
    """Folders of three images in four versions each, and an image for calibration."""
    root = tmp_path_factory.mktemp("images")
    whole = data.astronaut()
    crops = {
        "face": whole[40:200, 160:280],
        "flag": whole[250:370, 0:160],
        "shuttle": whole[100:220, 340:500],
    }
    for name, version in crops.items():
        lr = downscale(version, 4, "pillow")
        half = downscale(version, 2, "pillow")
        versions = {
            "nearest": nearest(version, 4),
            "bicubic": upscale_bicubic(lr, 4, "pillow"),
            "softened": upscale_bicubic(half, 2, "pillow"),
            "original": version,
        }
        for method, version in versions.items():
            (root / method).mkdir(exist_ok=True)
            Image.fromarray(version).save(root / method / f"{name}.png")
    (root / "calibration").mkdir()
    Image.fromarray(data.coffee()[100:220, 200:360]).save(root / "calibration" / "cup.png")
    return root


@pytest.fixture
def study(folders, tmp_path) -> Study:
    """Twelve images after two of calibration."""
    methods = {method: folders / method for method in METHODS}
    return create_study(tmp_path / "study", folders / "original", methods, folders / "calibration")


@pytest.fixture
def store(study):
    """The study's database."""
    store = Store(study.ratings)
    yield store
    store.close()


@pytest.fixture
def client(study, store):
    """Asks the application without a network."""
    return create_app(study, store, GENEROUS).test_client()


def begin(client):
    """Joins as a new rater and returns the address of the session."""
    return client.post("/raters").headers["Location"]


def rate(client, base, score=3):
    """Rates the current image of a session and returns the response."""
    key = client.get(f"{base}/state").json["current"]["key"]
    return client.post(f"{base}/rate", json={"key": key, "score": score})


@pytest.fixture
def rate_all():
    """A function that makes a new rater rate everything: (study, store, score of an image)."""

    def rate(study, store, opinion, limit=None):
        token = store.join()
        for _ in range(limit or len(study.examples) + len(study.versions)):
            rater = store.rater(token)
            now = session.shown(study, rater)
            assert session.rate(study, store, rater, now.key, opinion(now.version))
        return token

    return rate


@pytest.fixture
def invented(tmp_path):
    """A function that makes a study without image files: ({dataset: number of images}, methods)."""

    def make(data_sets, methods, examples=2) -> Study:
        root = tmp_path / "invented"
        root.mkdir()
        shown = [
            Version(f"{data_set}-{i}-{method}", data_set, f"image{i}", method, 8, 8)
            for data_set, (count, own) in data_sets.items()
            for i in range(count)
            for method in own
        ]
        calibration = [
            Version(f"example-{i}-{answer}", "", f"photo{i}", "", 8, 8, answer)
            for i in range(examples)
            for answer in (1, 5)
        ]
        study = Study(root, "Invented", tuple(methods), tuple(calibration), tuple(shown))
        save_study(study)
        return study

    return make


@pytest.fixture
def serving(started):
    """A function that serves a study by the command, and gives the process and its address."""

    def serve(study: Study, port=0):
        flags = "--host=127.0.0.1", f"--port={port}"
        process = started("-m", "srgan_tf.opinion", "serve", str(study.root), *flags)
        for line in process.stdout:
            if found := re.search(r"http://\S+:\d+", line):
                return process, found.group()
        raise AssertionError("the server ended without saying where it listens")

    return serve
