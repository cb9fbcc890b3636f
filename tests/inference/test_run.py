import numpy as np
import pytest
from PIL import Image

from srgan_tf.errors import WorkError
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
    assert printed.out == "2 of 3 upscaled\n"
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
