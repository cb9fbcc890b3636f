import signal
import threading
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from srgan_tf.errors import Stopped, WorkError
from srgan_tf.images import read_image
from srgan_tf.inference import run
from srgan_tf.inference.plan import Job
from srgan_tf.inference.run import Options, upscale_files
from srgan_tf.inference.upscaler import local, upscale
from tests.helpers import tiny_generator


@pytest.fixture
def upscaler():
    return local(tiny_generator())


@pytest.fixture
def jobs(chelsea, tmp_path):
    """Three jobs, of which the second one's image is damaged."""
    for i in range(3):
        Image.fromarray(chelsea[i : i + 20, :30]).save(tmp_path / f"{i}.png")
    (tmp_path / "1.png").write_bytes((tmp_path / "1.png").read_bytes()[:500])
    return [Job(tmp_path / f"{i}.png", tmp_path / "out" / f"{i}_x4.png") for i in range(3)]


def test_a_bad_file_is_named_and_the_others_are_done(jobs, upscaler, chelsea, capsys):
    with pytest.raises(WorkError, match="1 of 3 images could not be upscaled"):
        upscale_files(jobs, upscaler)
    assert sorted(path.name for path in jobs[0].target.parent.iterdir()) == ["0_x4.png", "2_x4.png"]
    expected = upscale(tiny_generator(), chelsea[2:22, :30])
    np.testing.assert_array_equal(np.asarray(Image.open(jobs[2].target)), expected)
    printed = capsys.readouterr()
    assert printed.out == "2 of 3 upscaled, float32\n"
    assert printed.err.startswith(f"error: {jobs[1].source}: cannot be decoded")


def test_what_is_there_is_skipped_unless_it_shall_be_overwritten(jobs, upscaler, capsys):
    del jobs[1]
    jobs[0].target.parent.mkdir()
    jobs[0].target.write_text("mine")
    upscale_files(jobs, upscaler)
    assert jobs[0].target.read_text() == "mine"
    assert "1 of 2 upscaled, 1 there already (--overwrite makes them again)" in capsys.readouterr().out
    upscale_files(jobs, upscaler, Options(overwrite=True))
    assert Image.open(jobs[0].target).size == (120, 80)


def test_options_reach_the_image(jobs, upscaler):
    upscale_files(jobs[:1], upscaler, Options(factor=3))
    assert Image.open(jobs[0].target).size == (90, 60)
    with pytest.raises(WorkError, match="--max_pixels=600 if"):
        upscale_files(jobs[2:], upscaler, Options(max_pixels=599))
    with pytest.raises(WorkError, match=r"2\.png: an image of 30x20 needs .*--max_memory"):
        upscale_files(jobs[2:], local(tiny_generator(), 1000))
    assert not jobs[2].target.exists()


def test_a_place_that_cannot_be_written_to_is_named(jobs, upscaler, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(WorkError, match="file"):
        upscale_files([Job(jobs[0].source, tmp_path / "file" / "a.png")], upscaler)


def test_a_formats_limit_is_named_before_memory(tmp_path, upscaler):
    Image.fromarray(np.zeros((2, 4200), np.uint8)).save(tmp_path / "a.png")
    with pytest.raises(WorkError, match=r"a\.png: 16800x8 is too large for webp, which holds .* to 16383"):
        upscale_files([Job(tmp_path / "a.png", tmp_path / "a.webp")], local(tiny_generator(), 1000))


def test_alpha_is_not_dropped_for_jpeg(tmp_path, upscaler, chelsea):
    image = Image.fromarray(chelsea[:20, :30])
    image.putalpha(100)
    image.save(tmp_path / "a.png")
    with pytest.raises(WorkError, match=r"a\.png: it has alpha, and JPEG has none"):
        upscale_files([Job(tmp_path / "a.png", tmp_path / "a.jpg")], upscaler)
    assert not (tmp_path / "a.jpg").exists()


def test_images_that_overlap_get_the_files_that_each_gets_alone(tmp_path, upscaler, chelsea):
    sizes = [(20, 30), (40, 110), (9, 8), (100, 120), (30, 20)]
    for i, (height, width) in enumerate(sizes):
        Image.fromarray(chelsea[:height, :width]).save(tmp_path / f"{i}.png")

    def files(name, jobs_at_once, upscaler):
        folder = tmp_path / name
        kinds = ("png", "jpg", "png", "webp", "png")
        jobs = [Job(tmp_path / f"{i}.png", folder / f"{i}.{kind}") for i, kind in enumerate(kinds)]
        for first in range(0, len(jobs), jobs_at_once):
            upscale_files(jobs[first : first + jobs_at_once], upscaler)
        assert len(list(folder.iterdir())) == len(jobs)
        return [job.target.read_bytes() for job in jobs]

    alone = files("alone", 1, upscaler)
    assert files("together", 5, upscaler) == alone
    assert files("little memory", 5, local(tiny_generator(), 250 * 10**6)) == alone  # none for neighbours


def test_a_small_image_is_read_while_the_one_before_is_computed(jobs, upscaler, monkeypatch):
    threads = []

    def read(path, max_pixels):
        threads.append((path.name, threading.current_thread() is threading.main_thread()))
        return read_image(path, max_pixels)

    monkeypatch.setattr(run, "read_image", read)
    del jobs[1]
    upscale_files([*jobs, replace(jobs[0], target=jobs[0].target.with_name("b.png"))], upscaler)
    assert threads == [("0.png", True), ("2.png", False), ("0.png", False)]
    threads.clear()
    monkeypatch.setattr(run, "READ_AHEAD", 600 * run.READING - 1)
    upscale_files(jobs, upscaler, Options(overwrite=True))
    assert threads == [("0.png", True), ("2.png", True)]


def test_errors_of_reading_computing_and_writing_come_in_order(tmp_path, upscaler, chelsea, capsys):
    image = Image.fromarray(chelsea[:20, :30])
    for i in range(6):
        image.save(tmp_path / f"{i}.png")
    image.putalpha(100)
    image.save(tmp_path / "3.png")
    (tmp_path / "2.png").write_bytes(b"hello")
    (tmp_path / "file").write_text("")
    jobs = [Job(tmp_path / f"{i}.png", tmp_path / "out" / f"{i}.png") for i in range(6)]
    for i in (1, 4):
        jobs[i] = replace(jobs[i], target=tmp_path / "file" / f"{i}.png")
    jobs[3] = replace(jobs[3], target=tmp_path / "out" / "3.jpg")
    with pytest.raises(WorkError, match="4 of 6 images"):
        upscale_files(jobs, upscaler)
    lines = capsys.readouterr().err.splitlines()
    named = [jobs[1].target, jobs[2].source, jobs[3].source, jobs[4].target]
    assert [line.startswith(f"error: {name}: ") for line, name in zip(lines, named)] == [True] * 4
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["0.png", "5.png"]


@pytest.mark.parametrize("kind", ["png", "webp"])
def test_stopping_among_several_leaves_complete_files_and_no_thread(tmp_path, upscaler, chelsea, kind):
    jobs = [Job(tmp_path / f"{i}.png", tmp_path / "out" / f"{i}.{kind}") for i in range(4)]
    for job in jobs:
        Image.fromarray(chelsea[:100, :120]).save(job.source)
    calls = []

    def strips(*arguments):
        calls.append(0)
        for strip in upscaler.strips(*arguments):
            yield strip
            if len(calls) == 3:
                signal.raise_signal(signal.SIGTERM)

    before = threading.active_count()
    with pytest.raises(Stopped) as stopped:
        upscale_files(jobs, replace(upscaler, strips=strips))
    there = sorted((tmp_path / "out").iterdir())
    assert str(stopped.value).startswith(f"stopped; {len(there)} of 4 done")
    assert there in ([jobs[0].target], [jobs[0].target, jobs[1].target])
    assert {Image.open(path).size for path in there} == {(480, 400)}
    assert threading.active_count() == before


def test_png_level_reaches_the_file(jobs, upscaler):
    upscale_files(jobs[:1], upscaler, Options(png_level=0))
    stored = jobs[0].target.read_bytes()
    assert len(stored) > 120 * 80 * 3
    upscale_files(jobs[:1], upscaler, Options(png_level=9, overwrite=True))
    assert len(jobs[0].target.read_bytes()) < len(stored) / 1.2
