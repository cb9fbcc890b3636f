"""A rater's whole session in Chromium."""

import os
import shutil
from pathlib import Path

import pytest
from PIL import Image
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait
from skimage import data

from srgan_tf.opinion.create import create_study
from srgan_tf.opinion.store import read_ratings

PHONE = {"width": 390, "height": 844, "pixelRatio": 3.0, "touch": True}


@pytest.fixture
def browser(tmp_path):
    """A function that starts Chromium, as large as a desktop's window or as a phone."""
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not chromium or not driver:
        pytest.skip("chromium and chromedriver are not installed (Debian: chromium, chromium-driver)")
    started = []

    def start(phone=False):
        options = webdriver.ChromeOptions()
        options.binary_location = chromium
        for argument in (
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--window-size=1280,800",
            f"--user-data-dir={tmp_path / f'profile{len(started)}'}",
        ):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        if phone:
            options.add_experimental_option("mobileEmulation", {"deviceMetrics": PHONE})
        started.append(webdriver.Chrome(options, webdriver.ChromeService(driver)))
        return Page(started[-1])

    yield start
    for page in started:
        page.quit()


class Page:
    """The page as a rater sees and uses it."""

    def __init__(self, driver):
        self.driver = driver

    def find(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def until(self, condition):
        return WebDriverWait(self.driver, 20, 0.02).until(lambda _: condition())

    def begin(self, address):
        self.driver.get(address)
        self.shot("welcome")
        self.find("button.primary").click()
        self.until(lambda: "/r/" in self.driver.current_url)
        self.until(lambda: self.find("#start").is_displayed())
        self.shot("start")
        self.find("#start [data-close]").click()

    def wait_for(self, text):
        """Waits until an image can be rated and the page says where the rater is."""
        self.until(lambda: self.find("#progress").text == text and self.ready())

    def ready(self):
        return self.find("#image").is_displayed() and self.find("[data-score='3']").is_enabled()

    def press(self, key):
        self.find("body").send_keys(key)

    def pressed(self, score):
        self.find(f"[data-score='{score}']").click()

    def measured(self):
        """The image's size on the page and in its file, and its room; in pixels of the page."""
        return self.driver.execute_script(
            "const p = document.getElementById('image'), r = p.getBoundingClientRect();"
            "return {width: r.width, height: r.height, left: r.left, right: innerWidth - r.right,"
            "own: p.naturalWidth, ownHeight: p.naturalHeight,"
            "page: document.documentElement.scrollWidth, inner: innerWidth,"
            "grey: getComputedStyle(document.body).backgroundColor,"
            "rendering: getComputedStyle(p).imageRendering}"
        )

    def images_fetched(self):
        return self.driver.execute_script(
            "return performance.getEntriesByType('resource')"
            ".filter(e => e.name.includes('/image/') && e.responseEnd > 0).length"
        )

    def complaints(self):
        return [entry for entry in self.driver.get_log("browser") if entry["level"] != "INFO"]

    def shot(self, name):
        """Saves a screenshot where OPINION_SCREENSHOTS says, if it does."""
        if folder := os.environ.get("OPINION_SCREENSHOTS"):
            self.driver.save_screenshot(str(Path(folder) / f"{name}.png"))


def test_whole_session(study, serving, browser):
    _, address = serving(study)
    page = browser()
    page.begin(address)

    page.wait_for("Example 1 of 2")
    page.shot("example")
    for number in (1, 2):
        page.wait_for(f"Example {number} of 2")
        answer = page.find("[data-score].answer b").text
        assert f"press {answer}" in page.find("#hint").text
        page.press(answer)

    page.wait_for("Image 1 of 12")
    page.shot("image")
    seen = page.measured()
    assert (seen["width"], seen["height"]) == (seen["own"], seen["ownHeight"])
    assert abs(seen["left"] - seen["right"]) <= 1
    assert seen["grey"] == "rgb(119, 119, 119)"
    assert seen["rendering"] == "pixelated"
    assert "left" in page.find("#left").text
    for number in range(1, 6):
        page.wait_for(f"Image {number} of 12")
        page.press(str(number))
    page.wait_for("Image 6 of 12")

    # A slip, taken back by key, and again by button.
    page.press(Keys.BACKSPACE)
    page.wait_for("Image 5 of 12")
    page.pressed(2)
    page.wait_for("Image 6 of 12")
    page.find("#undo").click()
    page.wait_for("Image 5 of 12")
    page.pressed(4)
    page.wait_for("Image 6 of 12")
    assert [r.score for r in read_ratings(study.ratings)][2:] == [1, 2, 3, 4, 4]

    page.driver.refresh()
    page.wait_for("Image 6 of 12")
    assert not page.find("#start").is_displayed()
    page.find("#pause").click()
    page.until(lambda: page.find("#rest").is_displayed())
    page.shot("pause")
    own = page.find("#rest .address").text
    assert own == page.driver.current_url

    # Another day, on another machine.
    page = browser()
    page.driver.get(own)
    for number in range(6, 13):
        page.wait_for(f"Image {number} of 12")
        page.pressed(5)
    page.until(lambda: page.find("#end").is_displayed())
    page.shot("end")
    assert page.find("#progress").text == "All images are rated"
    ratings = read_ratings(study.ratings)
    assert len(ratings) == 14
    assert [r.score for r in ratings][2:] == [1, 2, 3, 4, 4] + [5] * 7
    assert page.complaints() == []

    page.find("#undo-last").click()
    page.wait_for("Image 12 of 12")
    assert len(read_ratings(study.ratings)) == 13


def test_phone(study, serving, browser):
    _, address = serving(study)
    page = browser(phone=True)
    page.begin(address)
    page.wait_for("Example 1 of 2")
    page.shot("phone")
    seen = page.measured()
    assert seen["width"] == pytest.approx(seen["own"])  # three of the screen's fine pixels for each
    assert seen["page"] <= seen["inner"] == 390
    for button in page.driver.find_elements(By.CSS_SELECTOR, "button"):
        if button.is_displayed():
            assert button.size["height"] >= 40
            assert 0 <= button.rect["x"] <= 390 - button.size["width"]
    page.pressed(page.find("[data-score].answer b").text)
    page.wait_for("Example 2 of 2")


def test_a_double_click_rates_one_image(study, serving, browser):
    _, address = serving(study)
    page = browser()
    page.begin(address)
    page.wait_for("Example 1 of 2")
    webdriver.ActionChains(page.driver).double_click(page.find("[data-score='4']")).perform()
    page.wait_for("Example 2 of 2")
    assert len(read_ratings(study.ratings)) == 1


def test_two_windows_of_one_session(study, serving, browser):
    _, address = serving(study)
    page = browser()
    page.begin(address)
    page.wait_for("Example 1 of 2")
    first = page.driver.current_window_handle
    own = page.driver.current_url
    page.driver.switch_to.new_window("window")
    page.driver.get(own)
    page.until(lambda: page.find("#start").is_displayed())
    page.find("#start [data-close]").click()
    for number in (1, 2):
        page.wait_for(f"Example {number} of 2")
        page.press("4")
    page.wait_for("Image 1 of 12")
    page.driver.switch_to.window(first)
    page.press("1")  # means example 1, which is rated
    page.wait_for("Image 1 of 12")
    assert [r.score for r in read_ratings(study.ratings)] == [4, 4]


def test_a_lost_connection_loses_nothing(study, serving, browser):
    process, address = serving(study)
    page = browser()
    page.begin(address)
    page.wait_for("Example 1 of 2")
    page.until(lambda: page.images_fetched() == 2)  # this one, and the next one ahead
    process.kill()
    process.wait()
    page.pressed(4)
    page.until(lambda: page.find("#trouble").is_displayed())
    assert "no connection" in page.find("#reason").text
    page.shot("trouble")
    assert page.find("#progress").text == "Example 1 of 2"
    assert read_ratings(study.ratings) == []
    serving(study, port=int(address.rpartition(":")[2]))
    page.find("#trouble [data-close]").click()
    page.wait_for("Example 2 of 2")
    assert [r.score for r in read_ratings(study.ratings)] == [4]


def test_large_images_on_a_phone_keep_whole_pixels(tmp_path, serving, browser):
    folder = tmp_path / "original"
    folder.mkdir()
    Image.fromarray(data.chelsea()).save(folder / "cat.png")  # 451 x 300
    calibration = tmp_path / "calibration"
    calibration.mkdir()
    Image.fromarray(data.coffee()).save(calibration / "coffee.png")
    study = create_study(tmp_path / "study", folder, {"original": folder}, calibration)
    _, address = serving(study)
    page = browser(phone=True)
    page.begin(address)
    page.wait_for("Example 1 of 2")
    page.shot("phone_large")
    seen = page.measured()
    # Of the phone's 1170 pixels three for each would take 1353, two take 902.
    assert seen["own"] == 448  # the calibration's, a multiple of 4
    assert seen["width"] * 3 == pytest.approx(2 * 448, abs=0.5)
    assert seen["page"] <= 390
