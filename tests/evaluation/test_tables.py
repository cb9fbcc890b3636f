import csv
import io
import math

import pytest

from srgan_tf.evaluation.methods import ReadyImages
from srgan_tf.evaluation.protocols import PROTOCOLS
from srgan_tf.evaluation.results import Evaluation, Reference, Result
from srgan_tf.evaluation.statistics import p_value
from srgan_tf.evaluation.tables import (
    csv_table,
    markdown_intervals,
    markdown_means,
    markdown_significance,
    number,
    significance,
    summaries,
    text_table,
)

COUNT = 8


@pytest.fixture
def evaluation():
    """Method "high" beats "low" on every image; "own" has two images only, one of them perfect."""
    references = tuple(Reference("Set5", f"i{k}", f"i{k}.png", (8, 8), (0, 0)) for k in range(COUNT))
    methods = tuple(ReadyImages(name, "folder") for name in ("low", "high", "own"))

    def result(method, k, psnr, ssim):
        return Result("paper", "Set5", f"i{k}", method, {"psnr": psnr, "ssim": ssim}, f"{method}/i{k}.png")

    results = [result("low", k, 20 + k, 0.5 + k / 100) for k in range(COUNT)]
    results += [result("high", k, 20.5 + 1.1 * k, 0.5 + k / 100) for k in range(COUNT)]
    results += [result("own", 0, math.inf, 1.0), result("own", 1, 30.0, 0.9)]
    figures = ("psnr", "ssim")
    return Evaluation(methods, (PROTOCOLS["paper"],), references, figures, 4, tuple(results))


def test_the_table_names_protocols_and_marks_what_is_not_whole(evaluation):
    lines = text_table(evaluation, summaries(evaluation)).splitlines()
    assert lines[:2] == ["x4: PSNR / SSIM", ""]
    assert lines[2].split() == ["protocol", "method", "Set5"]
    assert lines[4:] == [
        "paper     low     23.50 / 0.5350",
        "paper     high    24.35 / 0.5350",
        "paper     own     inf / 0.9500*",
        "* not all images of the dataset could be evaluated",
    ]


def test_the_markdown_table_stands_above_the_published_one(evaluation):
    text = markdown_means(evaluation, summaries(evaluation))
    assert "| paper | high | 24.35 / 0.5350 |" in text
    assert "| SRResNet | 32.05 / 0.9019 |" in text
    assert "Set14" not in text


def test_intervals_stand_beside_means(evaluation):
    means = summaries(evaluation)
    text = markdown_intervals(evaluation, means)
    low = means["paper", "Set5", "low", "psnr"]
    assert f"| paper | Set5 | low | 8 | 23.50 [{low.low:.2f}, {low.high:.2f}] |" in text
    assert "| paper | Set5 | own | 2 | inf | 0.9500 [0.9000, 1.0000] |" in text


def test_methods_are_tested_on_the_images_that_both_have(evaluation):
    p_values = significance(evaluation)
    assert p_values["paper", "Set5", "psnr", "low", "high"] == pytest.approx(2 / 2**COUNT)
    assert p_values["paper", "Set5", "ssim", "low", "high"] == 1.0
    assert p_values["paper", "Set5", "psnr", "low", "own"] == p_value([20, 21], [math.inf, 30])
    text = markdown_significance(evaluation, p_values)
    assert "### PSNR, Set5, protocol `paper`" in text
    assert "| low | - | **0.0078** | 0.5 |" in text
    assert "| high | **0.0078** | - | 0.5 |" in text


def test_every_digit_of_every_image_is_in_the_csv(evaluation):
    rows = list(csv.DictReader(io.StringIO(csv_table(evaluation))))
    assert len(rows) == 2 * COUNT + 2
    for row, result in zip(rows, evaluation.results):
        assert (row["protocol"], row["data_set"]) == (result.protocol, result.dataset)
        assert (row["image"], row["method"]) == (result.image, result.method)
        assert {"psnr": float(row["psnr"]), "ssim": float(row["ssim"])} == result.values


@pytest.mark.parametrize(
    ("value", "figure", "text"),
    [
        (28.4251, "psnr", "28.43"),
        (0.82114, "ssim", "0.8211"),
        (3.14159, "NIQE", "3.142"),
        (math.inf, "psnr", "inf"),
    ],
)
def test_numbers_have_the_digits_of_their_figure(value, figure, text):
    assert number(value, figure) == text
