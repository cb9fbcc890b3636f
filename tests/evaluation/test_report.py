"""The report's files, and its page in a real browser, opened from disk."""

import json
import shutil
from urllib.parse import unquote

import pytest

from srgan_tf.library import evaluate
from tests.helpers import opened


@pytest.fixture
def report(tmp_path, benchmarks, theirs):
    folder = tmp_path / "the report"  # a page's paths must survive a space
    evaluate(benchmarks, f"nearest,bicubic,theirs={theirs}", folder)
    return folder


def test_figures_are_strict_json_and_images_are_where_it_says(report):
    figures = json.loads((report / "figures.json").read_text(), parse_constant=pytest.fail)
    assert figures["protocols"] == ["paper", "community"]
    assert [m["name"] for m in figures["methods"]] == ["nearest", "bicubic", "theirs"]
    perfect = [r for r in figures["images"] if r["psnr"] == "inf"]
    assert {(r["method"], r["image"]) for r in perfect} == {("theirs", "a")}
    for row in figures["images"]:
        assert opened(report / row["picture"]).ndim == 3
    assert "inf / " in (report / "table.md").read_text()
    assert len((report / "per_image.csv").read_text().splitlines()) == 1 + 2 * (5 + 5 + 2)


def test_the_page_needs_nothing_but_the_reports_folder(report):
    page = (report / "index.html").read_text()
    assert "http://" not in page
    assert "https://" not in page
    assert "{{" not in page


@pytest.fixture
def browser():
    if not (shutil.which("chromium") and shutil.which("chromedriver")):
        pytest.skip("chromium and chromedriver are not installed")
    webdriver = pytest.importorskip("selenium.webdriver")
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    for flag in (
        "headless", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-sync",
        "disable-background-networking", "disable-component-update", "window-size=1400,1600",
    ):  # fmt: skip
        options.add_argument(f"--{flag}")
    driver = webdriver.Chrome(options, webdriver.ChromeService(shutil.which("chromedriver")))
    yield driver
    driver.quit()


def test_a_reader_compares_images(report, browser):
    from selenium.webdriver import ActionChains
    from selenium.webdriver.common.by import By
    from selenium.webdriver.support.ui import Select

    def find(selector):
        return browser.find_elements(By.CSS_SELECTOR, selector)

    def text(selector):
        return [element.text for element in find(selector)]

    browser.get((report / "index.html").as_uri())
    assert text("#title") == ["Super-resolution, x4"]
    rows = text("#means tbody tr")
    assert [row.split()[0] for row in rows] == ["nearest", "bicubic", "theirs"]
    assert "inf / 0.9" in rows[2]

    # the table's figures follow the protocol
    find("#protocols input")[1].find_element(By.XPATH, "..").click()
    assert text("#means tbody tr") != rows
    assert "protocol community" in text("#compared")[0]

    # images in order of how far two methods are apart
    Select(find("#left")[0]).select_by_value("nearest")
    Select(find("#right")[0]).select_by_value("bicubic")
    gaps = [abs(float(gap.replace("−", "-"))) for gap in text("#list .gap")]
    assert len(gaps) == 5
    assert gaps == sorted(gaps, reverse=True)
    Select(find("#order")[0]).select_by_value("name")
    assert text("#list b") == ["a", "b", "face0", "face1", "face2"]

    # the chosen image in both methods' versions, loaded from disk
    find("#list button")[4].click()
    assert text("#shown") == ["Large · face2"]
    for selector, name in (("#over", "nearest"), ("#under", "bicubic")):
        assert unquote(find(selector)[0].get_attribute("src")).endswith(f"Large/{name}@community/face2.png")
        assert (
            browser.execute_async_script(
                "const [image, done] = arguments; image.decode().then(() => done(image.naturalWidth));",
                find(selector)[0],
            )
            == 60
        )

    # the slider follows the pointer
    handle, stage = find("#handle")[0], find("#stage")[0]
    ActionChains(browser).drag_and_drop_by_offset(handle, stage.size["width"] // 4, 0).perform()
    assert float(find("#split")[0].get_attribute("value")) == pytest.approx(75, abs=1)
    assert find("#over")[0].value_of_css_property("clip-path").startswith("inset(0px 25")

    # every method's crop, at the place that was clicked
    assert [caption.split("\n")[0] for caption in text("#crops figcaption")] == [
        "nearest",
        "bicubic",
        "original",
    ]
    Select(find("#side")[0]).select_by_value("32")
    ActionChains(browser).move_to_element_with_offset(
        stage, -stage.size["width"] // 2 + 3, -stage.size["height"] // 2 + 3
    ).click().perform()
    positions = {crop.value_of_css_property("background-position") for crop in find("#crops div")}
    assert positions == {"0px 0px"}

    # significance in every set, or in the chosen one
    assert text("#significance caption") == ["Small", "Large"]
    assert len(find("#significance tbody tr")) == 3 + 3
    Select(find("#set")[0]).select_by_value("Large")
    assert text("#significance caption") == ["Large"]
    assert [entry["message"] for entry in browser.get_log("browser")] == []


def test_the_page_does_not_scroll_sideways_on_a_phone(tmp_path, benchmarks, theirs, browser):
    long = "a_method_whose_name_is_longer_than_a_phone_is_wide_and_has_no_space"
    methods = f"nearest,bicubic,{long}={theirs}"
    evaluate(benchmarks, methods, tmp_path / "report")
    browser.get((tmp_path / "report/index.html").as_uri())
    # The page was laid out for a desktop before, as when a tablet is turned.
    for width in (1400, 390):
        size = {"width": width, "height": 844, "deviceScaleFactor": 1, "mobile": False}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        assert browser.execute_async_script("""
            const done = arguments[0];
            requestAnimationFrame(() => requestAnimationFrame(() => done([
              document.documentElement.scrollWidth <= innerWidth,
              document.getElementById("stage").getBoundingClientRect().right < innerWidth,
            ])));
        """) == [True, True], width
