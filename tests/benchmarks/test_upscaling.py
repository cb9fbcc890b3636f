import importlib.util
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import uniform_filter
from skimage import data

from benchmarks import upscaling
from benchmarks.peer import SCRIPTS
from benchmarks.upscaling import check, peak_bytes, photograph, run, write_models
from srgan_tf.errors import WorkError
from tests.helpers import random_generator


@pytest.fixture(scope="module")
def files():
    spec = importlib.util.spec_from_file_location("files", SCRIPTS / "files.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def smooth(lr):
    """A network that reaches two pixels far, in LR float32 (1, h, w, 3), and sees a mirror at the borders."""
    return uniform_filter(2 * lr - 1, (1, 5, 5, 1), mode="reflect").repeat(4, axis=1).repeat(4, axis=2)


@pytest.mark.parametrize("tile", [16, 37, 512])
def test_simple_tiles_equal_the_whole(files, monkeypatch, tile):
    monkeypatch.setattr(files, "TILE", tile)
    monkeypatch.setattr(files, "OVERLAP", 2)
    image = data.astronaut()[:70, :101]
    np.testing.assert_array_equal(files.in_tiles(image, smooth), files.upscaled(image, smooth))


def test_tiles_of_real_esrgan_equal_the_whole_where_their_overlap_suffices(files, monkeypatch):
    monkeypatch.setattr(files, "REAL_ESRGAN_TILE", 32)
    image = data.astronaut()[:70, :101]
    whole = files.upscaled(image, smooth)
    np.testing.assert_array_equal(files.as_real_esrgan(image, smooth), whole)
    monkeypatch.setattr(files, "REAL_ESRGAN_OVERLAP", 1)
    assert (files.as_real_esrgan(image, smooth) != whole).any()  # seams


@pytest.mark.slow
def test_the_exported_graph_by_files_gives_ours(tmp_path, monkeypatch):
    import srgan_tf

    model = random_generator(srgan_tf.models.config.GeneratorConfig(4, 1, 8))
    monkeypatch.setattr(upscaling, "load", lambda _: model)
    write_models(tmp_path)
    photograph(0.004).save(tmp_path / "a.png")
    run(
        [sys.executable, SCRIPTS / "files.py", "tensorflow", tmp_path, tmp_path / "a.png", tmp_path / "b.png"]
    )
    ours = srgan_tf.upscale(tmp_path / "a.png", model)
    Image.fromarray(ours).save(tmp_path / "c.png")
    check(tmp_path / "c.png", tmp_path / "b.png")
    Image.fromarray(ours[::-1]).save(tmp_path / "c.png")
    with pytest.raises(WorkError, match=r"dB from ours, expected 35"):
        check(tmp_path / "c.png", tmp_path / "b.png")


def test_photographs_have_the_size_asked_for():
    for megapixels in (0.02, 2, 12):
        width, height = photograph(megapixels).size
        assert width * height == pytest.approx(megapixels * 1e6, rel=0.01)
        assert width / height == pytest.approx(4 / 3, rel=0.01)


def test_the_peak_of_a_process_is_told():
    code = "import sys; x = bytearray({0}); x[::4096] = b'1' * len(x[::4096])"
    small, large = (peak_bytes([sys.executable, "-c", code.format(n)]) for n in (10**6, 10**8))
    assert 0.9e8 < large - small < 1.2e8
    with pytest.raises(WorkError, match="ValueError: no"):
        peak_bytes([sys.executable, "-c", "raise ValueError('no')"])


def test_a_process_that_fails_is_named(tmp_path):
    (tmp_path / "some.py").write_text("raise ImportError('no such library')")
    with pytest.raises(WorkError, match=r"ImportError: no such library"):
        run([sys.executable, tmp_path / "some.py"])


def test_peers_need_nothing_of_the_project(tmp_path):
    code = f"import sys; sys.path.insert(0, {str(SCRIPTS)!r}); import files; sys.exit('keras' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=False).returncode == 0
