"""The page in a real browser, fed a real picture; and what it is made of."""

import functools
import io
import json
import os
import shutil
import threading
from base64 import b64decode
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data

from srgan_tf.errors import UsageError
from srgan_tf.export.page import RUNTIME_FILES, write_page
from srgan_tf.export.runtimes import convert, file_name
from tests.helpers import tiny_generator, upscale_at_once

TILE = 64


@pytest.fixture(scope="module")
def node_modules():
    folder = os.environ.get("SRGAN_NODE_MODULES")
    if not folder:
        pytest.skip("SRGAN_NODE_MODULES is not set: the directory where @litertjs/core is installed")
    return Path(folder)


@pytest.fixture(scope="module")
def model():
    return tiny_generator()


@pytest.fixture(scope="module")
def page(node_modules, model, tmp_path_factory):
    """The address of the page, on a local server that counts what is asked for."""
    folder = tmp_path_factory.mktemp("page")
    name = file_name("tiny", "float32", TILE)
    (folder / name).write_bytes(convert(model, "float32", TILE, []))
    write_page(folder, [name], model, node_modules)

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def browser():
    webdriver = pytest.importorskip("selenium.webdriver")
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not (chromium and driver):
        pytest.skip("chromium and chromedriver are not installed")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    # Every other host is unreachable, so that a page which needs one fails.
    for argument in (
        "--headless=new",
        "--no-sandbox",
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    ):
        options.add_argument(argument)
    driver = webdriver.Chrome(options, webdriver.ChromeService(driver))
    yield driver
    driver.quit()


def status_after(browser, page, picture: Path) -> str:
    """Gives the page a picture, and waits for what it says."""
    from selenium.webdriver.common.by import By
    from selenium.webdriver.support.ui import WebDriverWait

    browser.get(page)
    status = browser.find_element(By.ID, "status")
    WebDriverWait(browser, 60).until(lambda _: status.text == "Ready" or status.text.startswith("Error"))
    assert status.text == "Ready"
    browser.find_element(By.ID, "file").send_keys(str(picture))
    WebDriverWait(browser, 60).until(lambda _: "became" in status.text or status.text.startswith("Error"))
    return status.text


def canvas(browser, name) -> np.ndarray:
    url = browser.execute_script(f"return document.getElementById('{name}').toDataURL('image/png')")
    return np.asarray(Image.open(io.BytesIO(b64decode(url.split(",")[1]))).convert("RGB"))


@pytest.mark.parametrize("size", [(100, 143), (64, 64), (130, 70)])
def test_a_picture_becomes_in_the_browser_what_the_model_makes_of_it(browser, page, model, tmp_path, size):
    lr = data.astronaut()[20 : 20 + size[0], 160 : 160 + size[1]]
    Image.fromarray(lr).save(tmp_path / "lr.png")
    said = status_after(browser, page, tmp_path / "lr.png")
    assert f"{size[1]}x{size[0]} became {4 * size[1]}x{4 * size[0]}" in said
    sr = canvas(browser, "after").astype(int)
    expected = upscale_at_once(model)(lr)
    assert sr.shape == expected.shape
    assert np.abs(sr - expected).max() <= 1
    assert canvas(browser, "before").shape == expected.shape


def test_a_picture_smaller_than_the_tile(browser, page, model, tmp_path):
    lr = data.astronaut()[20:50, 160:210]
    Image.fromarray(lr).save(tmp_path / "lr.png")
    assert "50x30 became 200x120" in status_after(browser, page, tmp_path / "lr.png")
    # Beyond its right and lower border the network sees a mirror image here, and zeros there.
    inside = np.s_[: 4 * (30 - 12), : 4 * (50 - 12)]
    assert (
        np.abs(canvas(browser, "after")[inside].astype(int) - upscale_at_once(model)(lr)[inside]).max() <= 1
    )


def test_the_slider_moves_the_border(browser, page, tmp_path):
    Image.fromarray(data.astronaut()[:64, :64]).save(tmp_path / "lr.png")
    status_after(browser, page, tmp_path / "lr.png")
    browser.execute_script(
        "const s = document.getElementById('slider'); s.value = 20; s.dispatchEvent(new Event('input'));"
    )
    clip = browser.execute_script("return getComputedStyle(document.getElementById('after')).clipPath")
    assert "20%" in clip


def test_what_is_no_picture_is_said(browser, page, tmp_path):
    (tmp_path / "bad.png").write_bytes(b"no picture")
    said = status_after(browser, page, tmp_path / "bad.png")
    assert said == "Error: bad.png: not an image that this browser can read"


def test_the_page_is_complete(tmp_path):
    for source in RUNTIME_FILES:
        (tmp_path / "node_modules" / source).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "node_modules" / source).write_text("")
    write_page(tmp_path / "out", ["a.tflite"], tiny_generator(), tmp_path / "node_modules")
    assert json.loads((tmp_path / "out" / "model.json").read_text()) == {
        "files": ["a.tflite"], "scale": 4, "overlap": 12,
    }  # fmt: skip
    written = {
        p.relative_to(tmp_path / "out").as_posix() for p in (tmp_path / "out").rglob("*") if p.is_file()
    }
    assert {"index.html", "page.js", "litert/core/wasm/litert_wasm_internal.wasm"} <= written
    text = "".join((tmp_path / "out" / name).read_text() for name in ("index.html", "page.js", "upscale.js"))
    assert "http://" not in text
    assert "https://" not in text


def test_packages_that_are_not_there_are_named(tmp_path):
    with pytest.raises(UsageError, match=r"no @litertjs/core/dist/index.js in it; make it with `npm install"):
        write_page(tmp_path / "out", [], tiny_generator(), tmp_path)
    assert not (tmp_path / "out" / "index.html").exists()
