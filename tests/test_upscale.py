"""The command, as a user runs it."""

import io
import signal
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

import srgan_tf
from srgan_tf.commands.upscale import main
from srgan_tf.errors import exit_code
from srgan_tf.inference.precisions import chosen, has_litert
from srgan_tf.inference.upscaler import upscale
from srgan_tf.models.generator import GeneratorConfig, generator
from srgan_tf.models.weights import save as save_generator
from tests.helpers import ROOT, TINY, opened, random_generator


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    path = tmp_path_factory.mktemp("weights") / "tiny.keras"
    config = GeneratorConfig(blocks=1, filters=4)
    save_generator(generator(config).get_weights(), config, path)
    return path


def test_importing_the_package_does_not_start_tensorflow():
    code = "import sys, srgan_tf; assert 'upscale' in dir(srgan_tf); sys.exit('tensorflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_image_by_command_and_in_python(command, image_folder, tmp_path, weights):
    image = Image.open(image_folder / "photo0.png")
    image.save(tmp_path / "photo.png")
    done = command("upscale.py", f"{tmp_path}/photo.png", f"--model={weights}", "--precision=float32")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{tmp_path}/photo_x4.png: 288x240, float32\n"
    by_command = np.asarray(Image.open(tmp_path / "photo_x4.png"))
    in_python = srgan_tf.upscale(np.asarray(image), srgan_tf.load(weights))
    np.testing.assert_allclose(by_command, in_python, atol=1)


def test_a_tree_again_and_with_a_bad_file(command, image_folder, tmp_path, weights):
    (tmp_path / "bad.jpg").write_text("hello")
    (tmp_path / "deep" / "er").mkdir(parents=True)
    for name in ("photo0.png", "deep/er/photo1.png"):
        Image.open(image_folder / name.split("/")[-1]).save(tmp_path / name)
    arguments = ("upscale.py", tmp_path, f"--model={weights}", "--output_scale=1.5", "--format=webp")
    done = command(*arguments)
    assert done.returncode == 1
    assert done.stdout == f"2 of 3 upscaled, {chosen('auto')}\n"
    first, last = done.stderr.splitlines()
    assert first.startswith(f"error: {tmp_path}/bad.jpg: no JPEG, PNG")
    assert last.startswith("error: 1 of 3 images")
    assert Image.open(tmp_path / "deep/er/photo1_x1.5.webp").size == (108, 90)
    done = command(*arguments)  # its own results are not among its images
    assert "0 of 3 upscaled, 2 there already" in done.stdout


def test_several_images_are_all_upscaled_and_none_is_replaced(command, image_folder, tmp_path, weights):
    for name in ("a.jpg", "b.png"):
        Image.open(image_folder / "photo0.png").save(tmp_path / name)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    images = (tmp_path / "a.jpg", tmp_path / "b.png")
    done = command("upscale.py", *images, f"--model={weights}", "--overwrite")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"2 of 2 upscaled, {chosen('auto')}\n", "")
    assert {path.name for path in tmp_path.iterdir()} == {*before, "a_x4.png", "b_x4.png"}
    assert {name: (tmp_path / name).read_bytes() for name in before} == before


def test_from_the_standard_input_to_the_standard_output(image_folder, weights):
    image = image_folder / "photo0.png"
    command = [sys.executable, "upscale.py", f"--model={weights}", "--format=webp"]
    pipe = {"cwd": ROOT, "capture_output": True, "check": False}
    piped = subprocess.run([*command, "-"], input=image.read_bytes(), **pipe)
    named = subprocess.run([*command, image, "--output=-"], **pipe)
    assert (piped.returncode, piped.stderr) == (0, b"")
    assert piped.stdout == named.stdout
    assert Image.open(io.BytesIO(piped.stdout)).format == "WEBP"
    assert Image.open(io.BytesIO(piped.stdout)).size == (288, 240)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopping_leaves_no_partial_file(started, tmp_path, weights, number):
    Image.effect_noise((900, 1600), 90).save(tmp_path / "large.png")
    code = HALF_WAY.format(number=int(number))
    process = started("-c", code, f"{tmp_path}/large.png", f"--model={weights}")
    text, _ = process.communicate(timeout=120)
    assert process.returncode == 128 + number, text
    assert "stopped; 0 of 1 done" in text
    assert [path.name for path in tmp_path.iterdir()] == ["large.png"]


HALF_WAY = """
import os, pathlib, runpy, sys, threading, time
image = pathlib.Path(sys.argv[1])

def stop_when_half_written():
    while not any(p.stat().st_size for p in image.parent.glob(".*partial*")):
        time.sleep(0.01)
    os.kill(os.getpid(), {number})

threading.Thread(target=stop_when_half_written, daemon=True).start()
sys.argv[0] = "upscale.py"
runpy.run_path("upscale.py", run_name="__main__")
"""
"""Runs the command in a process that sends itself a signal once the result has begun to be written."""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "expected FILE..., found nothing"),
        (["README.md", "new.png"], "new.png: no such image or folder; results go to --output=new.png"),
        (["absent.png"], "absent.png: no such image or folder"),
        (["README.md", "--output_scale=0"], "--output_scale=0: expected more than 0 and at most 64"),
        (["README.md", "--max_memory=-1"], "--max_memory=-1: expected a value above 0"),
        (["README.md", "--png_level=10", "--model={weights}"], "--png_level=10: expected 0 (stored) to 9"),
        (["README.md", "--png_level=1", "--format=webp", "--model={weights}"], "no effect on webp; leave"),
        (["README.md", "--strength=1.5"], "--strength=1.5: expected a value from 0 (faithful) to 1 (crisp)"),
        (["README.md", "--strength=nan"], "--strength=nan: expected a value from 0"),
        (["README.md", "--faithful=srresnet"], "--faithful=srresnet has no effect without --strength"),
        (["README.md", "--model={weights}", "--strength=0.5"], "at strength 0? Give --faithful: a released"),
        (
            ["README.md", "--model=a.tflite", "--strength=0.5", "--faithful=srgan"],
            "a.tflite: an exported file",
        ),
        (["README.md", "--format=gif"], "value should be one of <png|jpg|webp>"),
        (["README.md", "--model=absent.keras"], "absent.keras: no such model"),
        (["README.md", "--model=https://a.b/c.keras"], "https://a.b/c.keras: an address; download the model"),
        (["https://a.b/c.jpg"], "https://a.b/c.jpg: an address; download the image"),
        (["README.md", "--model={weights}", "--suffix=a/b"], "--suffix=a/b: expected a part of a"),
        (["docs", "--output=README.md", "--model={weights}"], "README.md: a file that is no image"),
    ],
)
def test_wrong_use_is_one_line_and_exit_code_2(weights, monkeypatch, capsys, arguments, message):
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(sys, "argv", ["upscale.py", *(a.format(weights=weights) for a in arguments)])
    assert exit_code(main) == 2
    stderr = capsys.readouterr().err
    assert stderr.startswith("error: ")
    assert message in stderr
    assert len(stderr.splitlines()) == 1


def test_strength_and_self_ensemble_reach_the_result(main_in_process, image_folder, tmp_path):
    files = []
    for seed in range(2):
        files.append(tmp_path / f"{seed}.keras")
        save_generator(random_generator(seed=seed).get_weights(), TINY, files[-1])
    image = image_folder / "photo0.png"
    given = (image, f"--model={files[1]}", f"--faithful={files[0]}", "--strength=0.25", "--self_ensemble")
    given += ("--precision=float32",)
    code, _, stderr = main_in_process(main, *given, f"--output={tmp_path}/sr.png")
    assert (code, stderr) == (0, "")
    model = srgan_tf.load(files[1], strength=0.25, faithful=files[0])
    expected = upscale(model, opened(image), self_ensemble=True)
    np.testing.assert_array_equal(opened(tmp_path / "sr.png"), expected)
    assert np.any(upscale(model, opened(image)) != expected)


def test_the_closing_line_says_the_precision_and_a_wrong_one_is_refused(command, image_folder, tmp_path):
    arguments = ("upscale.py", image_folder / "photo0.png", f"--output={tmp_path}/a.png")
    done = command(*arguments, "--model=srgan-mobile", "--precision=float32")
    assert done.stdout == f"{tmp_path}/a.png: 288x240, float32\n", done.stderr
    done = command(*arguments, "--precision=int4")
    assert done.returncode == 2
    assert "--precision=int4" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.skipif(not has_litert(), reason="int8 needs ai-edge-litert")
def test_int8_says_so_and_nothing_else(command, image_folder, tmp_path):
    arguments = (image_folder / "photo0.png", f"--output={tmp_path}/a.png", "--model=srgan-mobile")
    done = command("upscale.py", *arguments, "--precision=int8")
    assert (done.returncode, done.stdout) == (0, f"{tmp_path}/a.png: 288x240, int8\n")
    assert done.stderr == ""
