"""Upscaling 300 images on a cluster of which an actor, a node and the command itself are killed."""

import io
import json
import os
import re
import signal

import pytest
from PIL import Image

from srgan_tf.errors import WorkError
from srgan_tf.inference.network import network_of
from srgan_tf.inference.plan import plan
from srgan_tf.inference.run import upscale_files
from srgan_tf.inference.upscaler import local
from srgan_tf.models.weights import save as save_generator
from tests.cluster.conftest import until
from tests.helpers import TINY, encoded, sample_image, tiny_generator

COUNT, BROKEN = 300, 15
ACTOR = "MapWorker"


def broken_images() -> dict[str, bytes]:
    """Truncated files, empty ones, text, decompression bombs and animations."""
    whole = encoded(sample_image(40, 52), "PNG")
    bomb = io.BytesIO()
    Image.new("1", (20000, 20000)).save(bomb, "PNG")
    frames = [sample_image(20, 24, i) for i in range(2)]
    kinds = {
        "truncated": whole[: len(whole) // 2],
        "empty": b"",
        "text": b"This is no image.\n",
        "bomb": bomb.getvalue(),
        "animation": encoded(frames[0], "GIF", save_all=True, append_images=frames[1:]),
    }
    return {f"{kind}_{i}.png": content for kind, content in kinds.items() for i in range(BROKEN // 5)}


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "tiny.keras"
    save_generator(tiny_generator().get_weights(), TINY, path)
    return path


@pytest.fixture(scope="module")
def collection(tmp_path_factory):
    """300 images in ten folders, 15 of them broken."""
    root = tmp_path_factory.mktemp("collection")
    for i in range(COUNT - BROKEN):
        (root / f"{i % 10}").mkdir(exist_ok=True)
        sample_image(70 + i % 7, 90 + i % 11, i).save(root / f"{i % 10}" / f"{i:03}.png")
    for i, (name, content) in enumerate(broken_images().items()):
        (root / f"{i % 10}" / name).write_bytes(content)
    return root


def contents(folder):
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.fixture(scope="module")
def alone(collection, model, tmp_path_factory):
    """The files that `upscale.py` makes, and what it says of the others, by name."""
    import contextlib

    out = tmp_path_factory.mktemp("alone")
    said = io.StringIO()
    jobs = plan([collection], str(out), "_x4", None)
    with contextlib.redirect_stderr(said), pytest.raises(WorkError, match="15 of 300"):
        upscale_files(jobs, local(network_of(model, precision="auto")))
    lines = [line.removeprefix(f"error: {collection}/") for line in said.getvalue().splitlines()]
    return contents(out), dict(line.split(": ", 1) for line in lines if ": " in line)


def results(out):
    """Inode and time of change of each file that has a result's name."""
    found = {}
    for path in out.glob("*/*.png") if out.exists() else ():
        state = path.stat()
        found[str(path.relative_to(out))] = (state.st_ino, state.st_mtime_ns)
    return found


def test_killed_actor_node_and_driver_leave_what_upscale_py_makes(
    nodes, collection, model, alone, tmp_path, started
):
    out = tmp_path / "out"
    files, reasons = alone
    assert (len(files), len(reasons)) == (COUNT - BROKEN, BROKEN)
    first_seen = {}

    def done() -> int:
        for name, state in results(out).items():
            first_seen.setdefault(name, state)
        return len(first_seen)

    def actors() -> list[int]:
        return [pid for node in nodes.all() for pid in nodes.workers(node, ACTOR)]

    def upscale():
        flags = [f"--model={model}", "--workers=2..4", "--max_memory=1", f"--address={nodes.address}"]
        return started("-m", "srgan_tf.cluster", "upscale", str(collection), str(out), *flags)

    driver = upscale()
    until(lambda: done() >= 40 or driver.poll() is not None, "40 results")
    driver.kill()
    driver.wait()
    until(lambda: not actors(), "the end of the actors of a command that is gone")
    kept = results(out)
    assert 40 <= len(kept) < COUNT - BROKEN
    assert {name: (out / name).read_bytes() for name in kept} == {name: files[name] for name in kept}

    again = upscale()
    until(lambda: done() >= len(kept) + 40 or again.poll() is not None, "40 more")
    os.kill(actors()[0], signal.SIGKILL)
    until(lambda: done() >= len(kept) + 80, "40 more")
    assert done() < COUNT - BROKEN
    nodes.kill(nodes.all()[0])
    until(lambda: done() == COUNT - BROKEN or again.poll() is not None, "the rest")
    text = again.communicate(timeout=280)[0]
    assert again.returncode == 1, text
    made, there = map(int, re.search(r"^(\d+) of 300 upscaled, (\d+) there already$", text, re.M).groups())
    assert made + there == COUNT - BROKEN
    assert there >= len(kept)
    assert results(out) == first_seen, "no image was computed again"

    made = contents(out)
    errors = made.pop("_errors.jsonl").decode().splitlines()
    assert made == files
    assert {row["name"]: row["error"] for row in map(json.loads, errors)} == reasons
    assert len(errors) == BROKEN
