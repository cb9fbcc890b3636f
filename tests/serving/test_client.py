"""The client as a command."""

from functools import partial

import numpy as np
import pytest
from PIL import Image

from srgan_tf.serving import client
from tests.helpers import tiny_generator, upscale_at_once


@pytest.fixture
def run(main_in_process):
    """Runs the command in this process, where the server is."""
    return partial(main_in_process, client.main)


def test_images_become_files(run, url, image_folder, tmp_path):
    source = image_folder / "photo0.png"
    code, out, err = run(f"--url={url}", f"--output={tmp_path}", source)
    assert (code, out) == (0, f"{tmp_path}/photo0_x4.png: 288x240\n"), err
    sr = np.asarray(Image.open(tmp_path / "photo0_x4.png")).astype(int)
    assert (
        np.abs(sr - upscale_at_once(tiny_generator(), mirror=True)(np.asarray(Image.open(source)))).max() <= 1
    )


def test_alpha_grey_and_depth(run, stand_in, image_folder, tmp_path):
    image = Image.open(image_folder / "photo0.png")
    grey = image.convert("L")
    transparent = image.copy()
    transparent.putalpha(grey)
    deep = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
    for name, source in {"grey": grey, "alpha": transparent, "deep": deep}.items():
        source.save(tmp_path / f"{name}.png")
    code, _, err = run(f"--url={stand_in.grpc}", *(tmp_path / f"{n}.png" for n in ("grey", "alpha", "deep")))
    assert code == 0, err
    results = {name: Image.open(tmp_path / f"{name}_x4.png") for name in ("grey", "alpha", "deep")}
    assert {name: result.mode for name, result in results.items()} == {
        "grey": "L",
        "alpha": "RGBA",
        "deep": "L",
    }
    np.testing.assert_array_equal(results["grey"], results["deep"])


def test_a_bad_file_is_named_and_the_others_are_done(run, stand_in, image_folder, tmp_path):
    (tmp_path / "bad.jpg").write_bytes(b"no image")
    code, out, err = run(
        f"--url={stand_in.http}", f"--output={tmp_path}", tmp_path / "bad.jpg", image_folder / "photo1.png"
    )
    assert code == 1
    assert out == "1 of 2 upscaled\n"
    assert "bad.jpg" in err
    assert err.splitlines()[-1] == "error: 1 of 2 images could not be upscaled; they are named above"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["bad.jpg", "photo1_x4.png"]


def test_results_are_not_replaced_unasked(run, stand_in, image_folder, tmp_path):
    (tmp_path / "photo0_x4.png").write_text("mine")
    arguments = (f"--url={stand_in.http}", f"--output={tmp_path}", image_folder / "photo0.png")
    code, out, _ = run(*arguments)
    assert code == 0
    assert "0 of 1 upscaled, 1 there already (--overwrite makes them again)" in out
    assert (tmp_path / "photo0_x4.png").read_text() == "mine"
    assert run(*arguments, "--overwrite")[0] == 0
    assert Image.open(tmp_path / "photo0_x4.png").size == (288, 240)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "expected FILE..., found nothing"),
        (["a.jpg"], "--url is missing"),
        (["--url=localhost", "a.jpg"], "--url=localhost: expected http://"),
        (["--url=http://x", "--batch=0", "a.jpg"], "--batch=0: expected a value above 0"),
    ],
)
def test_wrong_use(run, arguments, message):
    code, _, err = run(*arguments)
    assert code == 2
    assert message in err


def test_as_a_module_against_no_server(command, image_folder):
    done = command(
        "-m",
        "srgan_tf.serving.client",
        "--url=http://127.0.0.1:9",
        "--attempts=1",
        str(image_folder / "photo0.png"),
    )
    assert done.returncode == 1
    assert done.stderr.startswith("error: the server cannot be reached or is starting; check --url")
    assert len(done.stderr.splitlines()) == 1
