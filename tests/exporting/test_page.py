"""The page in a real browser, fed a real image; and what it is made of."""

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
from srgan_tf.exporting.page import PAGE_FILES, RUNTIME_FILES, write_page
from srgan_tf.exporting.runtimes import convert, file_name
from srgan_tf.inference.upscaled import alpha_rows, filled
from tests.helpers import random_generator, tiny_generator, upscale_at_once

TILE = 64
OTHER = file_name("other", "float32", 128)


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
def other():
    """The page's second network."""
    return random_generator(seed=1)


@pytest.fixture(scope="module")
def page(node_modules, model, other, tmp_path_factory):
    """The address of the page, on a local server that counts what is asked for."""
    folder = tmp_path_factory.mktemp("page")
    name = file_name("tiny", "float32", TILE)
    (folder / name).write_bytes(convert(model, "float32", TILE, []))
    (folder / OTHER).write_bytes(convert(other, "float32", 128, []))
    write_page(folder, [name, OTHER], model, node_modules, {0: [OTHER], 1: [name, OTHER]})

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


def opened_page(browser, page) -> None:
    """Opens the page and waits until it is ready."""
    browser.get(page)
    assert waited(browser, "Ready") == "Ready"


def waited(browser, *ends: str) -> str:
    """Waits until the status has one of the texts in it, or an error."""
    from selenium.webdriver.common.by import By
    from selenium.webdriver.support.ui import WebDriverWait

    status = browser.find_element(By.ID, "status")
    WebDriverWait(browser, 600).until(lambda _: any(end in status.text for end in (*ends, "Error")))
    return status.text


def give(browser, path: Path) -> None:
    browser.find_element("id", "file").send_keys(str(path))


def status_after(browser, page, path: Path) -> str:
    """Gives a fresh page an image, and waits for what it says."""
    opened_page(browser, page)
    give(browser, path)
    return waited(browser, "became")


def canvas(browser, name) -> np.ndarray:
    url = browser.execute_script(f"return document.getElementById('{name}').toDataURL('image/png')")
    return np.asarray(Image.open(io.BytesIO(b64decode(url.split(",")[1]))).convert("RGB"))


def saved(browser) -> tuple[str, Image.Image]:
    """Returns the name and the image of the file that the page offers."""
    url = browser.execute_async_script("""
        const done = arguments[0], reader = new FileReader();
        reader.onload = () => done(reader.result);
        const file = fetch(document.getElementById("save").href).then((reply) => reply.blob());
        file.then((blob) => reader.readAsDataURL(blob));
    """)
    image = Image.open(io.BytesIO(b64decode(url.split(",")[1])))
    image.load()
    return browser.find_element("id", "save").get_attribute("download"), image


def expected_of(model, lr: np.ndarray) -> np.ndarray:
    """The model's result of an image amid its mirror images."""
    return upscale_at_once(model, mirror=True)(lr)


def assert_result(browser, expected: np.ndarray) -> None:
    """The canvas and the file hold an image, up to values between two levels."""
    for sr in (canvas(browser, "after"), np.asarray(saved(browser)[1])):
        assert sr.shape == expected.shape
        assert np.abs(sr.astype(int) - expected).max() <= 1


@pytest.mark.parametrize("size", [(100, 143), (64, 64), (30, 50), (1, 3)])
def test_an_image_becomes_in_the_browser_what_the_model_makes_of_it(browser, page, model, tmp_path, size):
    lr = data.astronaut()[20 : 20 + size[0], 160 : 160 + size[1]]
    Image.fromarray(lr).save(tmp_path / "my photo.v2.png")
    said = status_after(browser, page, tmp_path / "my photo.v2.png")
    assert f"{size[1]}x{size[0]} became {4 * size[1]}x{4 * size[0]}" in said
    expected = expected_of(model, lr)
    assert_result(browser, expected)
    assert canvas(browser, "before").shape == expected.shape
    name, image = saved(browser)
    assert (name, image.mode) == ("my photo.v2_x4.png", "RGB")


def test_alpha_is_kept(browser, page, model, tmp_path):
    lr = data.astronaut()[20:70, 160:250]
    alpha = np.full(lr.shape[:2], 255, np.uint8)
    alpha[:, 50:60] = np.linspace(255, 128, 10)
    alpha[:, 60:] = 0
    Image.fromarray(np.dstack([lr, alpha])).save(tmp_path / "logo.png")
    status_after(browser, page, tmp_path / "logo.png")
    _, image = saved(browser)
    assert image.mode == "RGBA"
    sr = np.asarray(image).astype(int)
    kept = alpha_rows(alpha, (200, 360), 0, 200)[..., 0]
    assert np.abs(sr[..., 3] - kept).max() <= 1
    # Half-transparent colours lose a little in a canvas; invisible black does not reach the visible pixels.
    visible = expected_of(model, filled(lr, alpha))
    difference = np.abs(sr[..., :3] - visible)
    assert difference[:, : 4 * 37].max() <= 1
    assert difference[:, : 4 * 60].mean() < 0.5
    assert difference[:, : 4 * 60].max() < 20


def test_a_result_larger_than_any_canvas(browser, page, other, tmp_path):
    lr = np.concatenate([data.astronaut()[:40]] * 33, axis=1)
    Image.fromarray(lr).save(tmp_path / "wide.png")  # canvases have sides of at most 65535
    opened_page(browser, page)
    choose_network(browser, OTHER)
    give(browser, tmp_path / "wide.png")
    assert "16896x40 became 67584x160" in waited(browser, "became")
    image = np.asarray(saved(browser)[1])
    assert image.shape == (160, 67584, 3)
    part = expected_of(other, lr[:, -150:])[:, 4 * 20 :]
    assert np.abs(image[:, -4 * 130 :].astype(int) - part).max() <= 1
    assert canvas(browser, "after").shape == (10, 4096, 3)
    seen = np.asarray(Image.fromarray(image).resize((4096, 10), Image.Resampling.BOX)).astype(int)
    assert np.abs(canvas(browser, "after") - seen).mean() < 8


def choose_network(browser, name: str) -> None:
    from selenium.webdriver.support.ui import Select

    Select(browser.find_element("id", "network")).select_by_value(name)


def test_another_network_runs_at_once_on_the_same_image(browser, page, other, tmp_path):
    lr = data.astronaut()[20:70, 160:250]
    Image.fromarray(lr).save(tmp_path / "lr.png")
    status_after(browser, page, tmp_path / "lr.png")
    browser.execute_script("document.getElementById('status').textContent = ''")
    choose_network(browser, OTHER)
    waited(browser, "became")
    assert_result(browser, expected_of(other, lr))


def test_cancel_ends_the_work_and_the_page_goes_on(browser, page, model, tmp_path):
    Image.fromarray(data.astronaut()).save(tmp_path / "large.png")
    opened_page(browser, page)
    assert not browser.find_element("id", "progress").is_displayed()
    give(browser, tmp_path / "large.png")
    waited(browser, " left")
    assert browser.find_element("id", "progress").is_displayed()
    assert browser.find_element("id", "after").is_displayed()
    browser.find_element("id", "cancel").click()
    assert waited(browser, "Cancelled") == "Cancelled"
    assert_cleared(browser)
    lr = data.astronaut()[20:70, 160:250]
    Image.fromarray(lr).save(tmp_path / "lr.png")
    give(browser, tmp_path / "lr.png")
    waited(browser, "became")
    assert_result(browser, expected_of(model, lr))


def assert_cleared(browser) -> None:
    for name in ("save", "view", "captions", "work"):
        assert not browser.find_element("id", name).is_displayed()
    assert browser.find_element("id", "save").get_attribute("href") is None


def test_an_error_clears_the_result_before_it(browser, page, tmp_path):
    Image.fromarray(data.astronaut()[:64, :64]).save(tmp_path / "lr.png")
    status_after(browser, page, tmp_path / "lr.png")
    (tmp_path / "bad.png").write_bytes(b"no image")
    give(browser, tmp_path / "bad.png")
    assert waited(browser) == "Error: bad.png: not an image that this browser can read"
    assert_cleared(browser)


def test_the_strength_is_chosen_and_the_image_upscaled_again(browser, page, other, tmp_path):
    from selenium.webdriver.support.ui import Select

    lr = data.astronaut()[:64, :64]
    Image.fromarray(lr).save(tmp_path / "lr.png")
    status_after(browser, page, tmp_path / "lr.png")
    strengths = Select(browser.find_element("id", "strength"))
    assert [option.text for option in strengths.options] == ["0 (faithful)", "1 (crisp)"]
    assert strengths.first_selected_option.text == "1 (crisp)"
    browser.execute_script("document.getElementById('status').textContent = ''")
    strengths.select_by_visible_text("0 (faithful)")
    networks = Select(browser.find_element("id", "network"))
    assert [option.text for option in networks.options] == [OTHER]
    waited(browser, "became")
    assert_result(browser, expected_of(other, lr))


def test_the_slider_moves_the_border(browser, page, tmp_path):
    Image.fromarray(data.astronaut()[:64, :64]).save(tmp_path / "lr.png")
    status_after(browser, page, tmp_path / "lr.png")
    browser.execute_script(
        "const s = document.getElementById('slider'); s.value = 20; s.dispatchEvent(new Event('input'));"
    )
    for name, cut in (("after", "20%"), ("before", "80%")):
        clip = browser.execute_script(f"return getComputedStyle(document.getElementById('{name}')).clipPath")
        assert cut in clip


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
    assert {*PAGE_FILES, "litert/core/wasm/litert_wasm_internal.wasm"} <= written
    text = "".join((tmp_path / "out" / name).read_text() for name in PAGE_FILES)
    assert "http://" not in text
    assert "https://" not in text


def test_packages_that_are_not_there_are_named(tmp_path):
    with pytest.raises(UsageError, match=r"no @litertjs/core/dist/index.js in it; make it with `npm install"):
        write_page(tmp_path / "out", [], tiny_generator(), tmp_path)
    assert not (tmp_path / "out" / "index.html").exists()
