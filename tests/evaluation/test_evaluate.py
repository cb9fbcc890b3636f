"""The comparison itself: figures of the right images, what fails, and what is not computed twice."""

import json
import math
import sys
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from srgan_tf.data.degradation import downscale
from srgan_tf.evaluation.datasets import find_images
from srgan_tf.evaluation.evaluate import evaluate
from srgan_tf.evaluation.methods import INTERPOLATIONS, ReadyImages, Upscaling, bicubic, nearest
from srgan_tf.evaluation.protocols import Metric, protocols_named
from srgan_tf.metrics import community, paper
from srgan_tf.metrics.score import as_rgb
from srgan_tf.published import PUBLISHED
from tests.helpers import opened, save
from tests.metrics.test_paper import AUTHORS_SET5

BOTH = protocols_named("both")


def figures(evaluation):
    return {(r.protocol, r.dataset, r.image, r.method): r.values for r in evaluation.results}


def test_every_image_is_scored_under_every_protocol_from_its_own_lr(tmp_path, benchmarks):
    evaluation = evaluate(find_images(benchmarks), [nearest(4), bicubic(4)], BOTH, 4, tmp_path / "report")
    assert evaluation.problems == evaluation.notes == ()
    assert len(evaluation.results) == 5 * 2 * 2
    for name in ("a", "b"):
        hr = as_rgb(opened(benchmarks / f"Small/{name}.png"))
        hr = hr[: hr.shape[0] // 4 * 4, : hr.shape[1] // 4 * 4]
        for protocol, method, metric in (("paper", "pillow", paper), ("community", "matlab", community)):
            lr = downscale(hr, 4, method)
            for upscaling in (nearest(4), bicubic(4)):
                expected = metric.score(upscaling.upscale(lr, method), hr, 4)
                found = figures(evaluation)[protocol, "Small", name, upscaling.name]
                assert (found["psnr"], found["ssim"]) == (expected.psnr, expected.ssim)
    for result in evaluation.results:
        assert opened(tmp_path / "report" / result.file).shape[2] == 3


def test_images_made_elsewhere_are_scored_where_there_are_any(tmp_path, benchmarks, theirs):
    method = ReadyImages("theirs", str(theirs))
    evaluation = evaluate(find_images(benchmarks), [method], BOTH, 4, tmp_path / "report")
    found = figures(evaluation)
    assert len(found) == 4
    assert found["paper", "Small", "a", "theirs"] == {"psnr": math.inf, "ssim": 1.0}
    assert found["community", "Small", "a", "theirs"] == {"psnr": math.inf, "ssim": 1.0}
    expected = community.score(opened(theirs / "b.png"), opened(benchmarks / "Small/b.png")[:48, :52], 4)
    assert found["community", "Small", "b", "theirs"]["psnr"] == expected.psnr
    assert evaluation.problems == ()
    assert evaluation.notes == (f"theirs: no images of Large in {theirs}; left out there",)


def test_what_cannot_be_scored_is_named_once_and_the_rest_is_scored(tmp_path, benchmarks, theirs, astronaut):
    save(astronaut[:40, :60], theirs / "a_theirs.png")
    (theirs / "b.png").write_bytes((theirs / "b.png").read_bytes()[:200])
    (theirs / "face0.png").write_bytes(b"text")
    save(astronaut[:8, :8], theirs / "face1_x.png")
    save(astronaut[:8, :8], theirs / "face1_y.png")
    (benchmarks / "Large/broken.png").write_bytes(b"")
    methods = [ReadyImages("theirs", str(theirs)), nearest(4)]
    evaluation = evaluate(find_images(benchmarks), methods, BOTH, 4, tmp_path / "report")
    assert {r.method for r in evaluation.results} == {"nearest"}
    assert len(evaluation.results) == 5 * 2
    expected = (
        f"Large: {benchmarks}/Large/broken.png: empty file",
        "theirs, Small, a: the image is 60x40 (width x height), expected 60x52",
        f"theirs, Small, b: {theirs}/b.png: cannot be decoded",
        f"theirs, Large, face0: {theirs}/face0.png: no JPEG, PNG",
        f"theirs, Large, face1: more than one image in {theirs}: face1_x.png, face1_y.png; keep one",
        f"theirs, Large, face2: no image in {theirs}; expected face2.png",
    )
    assert len(evaluation.problems) == len(expected)
    for line, start in zip(evaluation.problems, expected):
        assert line.startswith(start)


def counting(calls):
    def upscale(lr, downscale):
        calls.append(lr.shape)
        return nearest(4).upscale(lr, downscale)

    return Upscaling("mine", "a test's", "first weights", upscale)


def test_a_second_time_nothing_is_computed_that_has_not_changed(tmp_path, benchmarks):
    calls, measured = [], []

    def of(sr, hr):
        measured.append(sr.shape)
        return (float(np.abs(sr.astype(int) - hr).mean()),)

    def run(method):
        calls.clear()
        measured.clear()
        measures = (Metric(("error",), "mean error", of),)
        found = evaluate(find_images(benchmarks), [method], BOTH, 4, tmp_path / "report", measures)
        return found.results, len(calls), len(measured)

    first, made, scored = run(counting(calls))
    assert (made, scored) == (10, 10)
    assert run(counting(calls)) == (first, 0, 0)
    (tmp_path / "report" / first[0].file).unlink()
    assert run(counting(calls)) == (first, 1, 0)  # the same image again, and its figures are known
    hr = opened(benchmarks / "Small/a.png").copy()
    hr[20:30, 20:30] = 0
    save(hr, benchmarks / "Small/a.png")
    changed, made, scored = run(counting(calls))
    assert (made, scored) == (2, 2)
    assert changed != first
    assert run(replace(counting(calls), fingerprint="other weights"))[1] == 10


_opened = None


def _count(event, arguments):
    if event == "open" and _opened is not None and isinstance(arguments[0], str):
        _opened[arguments[0]] += 1


sys.addaudithook(_count)  # Python's own count of every file that is opened; it can't be taken away again


@pytest.fixture
def opened_files():
    global _opened
    _opened = Counter()
    yield _opened
    _opened = None


def test_an_hr_image_is_read_once_a_call_for_all_methods_and_protocols(tmp_path, benchmarks, opened_files):
    def run(protocols):
        opened_files.clear()
        methods = [nearest(4), bicubic(4), counting([])]
        found = evaluate(find_images(benchmarks), methods, protocols, 4, tmp_path / "report")
        assert len(found.results) == 5 * 3 * len(protocols)
        return [opened_files[str(image.path)] for image in find_images(benchmarks)]

    assert run(BOTH[:1]) == [1] * 5  # everything is made
    assert run(BOTH) == [1] * 5  # half of it is known
    assert run(BOTH) == [1] * 5  # all of it


def test_the_report_of_another_version_is_made_again(tmp_path, benchmarks):
    report = tmp_path / "report"
    report.mkdir()
    (report / "cache.json").write_text(json.dumps({"0" * 64: "digest", "1" * 64: [1.0, "inf"], "x": None}))
    assert len(evaluate(find_images(benchmarks), [nearest(4)], BOTH, 4, report).results) == 10


def test_a_damaged_cache_is_as_good_as_none(tmp_path, benchmarks):
    originals, report = find_images(benchmarks), tmp_path / "report"
    first = evaluate(originals, [nearest(4)], BOTH, 4, report).results
    (report / "cache.json").write_text("{")
    assert evaluate(originals, [nearest(4)], BOTH, 4, report).results == first


def test_a_network_that_fails_is_named_and_the_rest_goes_on(tmp_path, benchmarks):
    import tensorflow as tf

    def fails(lr, _):
        if lr.shape[0] == 13:
            tf.ensure_shape(tf.zeros(2), [3])
        return nearest(4).upscale(lr, "pillow")

    method = Upscaling("mine", "a test's", "weights", fails)
    evaluation = evaluate(find_images(benchmarks), [method], BOTH, 4, tmp_path / "report")
    assert [line.split(":")[0] for line in evaluation.problems] == ["mine, Small, a"]
    assert len(evaluation.results) == 8


def test_the_authors_images_have_their_figures(tmp_path, srgan_data):
    (tmp_path / "benchmarks").mkdir()
    (tmp_path / "benchmarks/Set5").symlink_to((srgan_data / "benchmarks/Set5").resolve())
    originals = find_images(tmp_path / "benchmarks")
    methods = [ReadyImages(m, str(srgan_data / "paper_outputs/{set}" / m)) for m in AUTHORS_SET5]
    evaluation = evaluate(originals, methods, BOTH, 4, tmp_path / "report")
    assert {(r.protocol, r.method, r.image) for r in evaluation.results} == {
        (p.name, m, image) for p in BOTH for m in AUTHORS_SET5 for image in AUTHORS_SET5[m]
    }
    for r in evaluation.results:
        if r.protocol == "paper":
            rounded = round(r.values["psnr"], 4), round(r.values["ssim"], 6)
            assert rounded == AUTHORS_SET5[r.method][r.image]


@pytest.mark.parametrize("dataset", ["Set5", "Set14", "BSD100"])
def test_interpolations_have_their_published_values(srgan_data, dataset):
    for name, interpolation in INTERPOLATIONS.items():
        scores = []
        for path in sorted((srgan_data / "benchmarks" / dataset).glob("*.png")):
            hr = as_rgb(np.asarray(Image.open(path)))
            sr = interpolation(4).upscale(downscale(hr, 4, "pillow"), "pillow")
            scores.append(paper.score(sr, hr, 4))
        psnr, ssim = PUBLISHED[name][dataset]
        assert np.mean([s.psnr for s in scores]) == pytest.approx(psnr, abs=0.01)
        assert np.mean([s.ssim for s in scores]) == pytest.approx(ssim, abs=0.0002)
