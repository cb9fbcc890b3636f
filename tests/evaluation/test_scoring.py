"""The comparison itself: figures of the right pictures, what fails, and what is not computed twice."""

import math
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from srgan_tf.data.degradation import downscale
from srgan_tf.evaluation.methods import ReadyPictures, Upscaling, bicubic, nearest
from srgan_tf.evaluation.originals import find_originals
from srgan_tf.evaluation.protocols import protocols_named
from srgan_tf.evaluation.results import Measure
from srgan_tf.evaluation.scoring import evaluate
from srgan_tf.metrics import community, paper
from srgan_tf.metrics.score import as_rgb
from tests.helpers import opened, save
from tests.metrics.test_paper import AUTHORS_SET5

BOTH = protocols_named("both")


def figures(evaluation):
    return {(r.protocol, r.benchmark, r.image, r.method): r.figures for r in evaluation.results}


def test_every_picture_is_scored_under_every_protocol_from_its_own_lr(tmp_path, benchmarks):
    evaluation = evaluate(find_originals(benchmarks), [nearest(4), bicubic(4)], BOTH, 4, tmp_path / "report")
    assert evaluation.problems == evaluation.notes == []
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
        assert opened(tmp_path / "report" / result.picture).shape[2] == 3


def test_pictures_made_elsewhere_are_scored_where_there_are_any(tmp_path, benchmarks, pictures):
    method = ReadyPictures("theirs", str(pictures))
    evaluation = evaluate(find_originals(benchmarks), [method], BOTH, 4, tmp_path / "report")
    found = figures(evaluation)
    assert len(found) == 4
    assert found["paper", "Small", "a", "theirs"] == {"psnr": math.inf, "ssim": 1.0}
    assert found["community", "Small", "a", "theirs"] == {"psnr": math.inf, "ssim": 1.0}
    expected = community.score(opened(pictures / "b.png"), opened(benchmarks / "Small/b.png")[:48, :52], 4)
    assert found["community", "Small", "b", "theirs"]["psnr"] == expected.psnr
    assert evaluation.problems == []
    assert evaluation.notes == [f"theirs: no pictures of Large in {pictures}; left out there"]


def test_what_cannot_be_scored_is_named_once_and_the_rest_is_scored(
    tmp_path, benchmarks, pictures, astronaut
):
    save(astronaut[:40, :60], pictures / "a_theirs.png")
    (pictures / "b.png").write_bytes((pictures / "b.png").read_bytes()[:200])
    (pictures / "face0.png").write_bytes(b"text")
    save(astronaut[:8, :8], pictures / "face1_x.png")
    save(astronaut[:8, :8], pictures / "face1_y.png")
    (benchmarks / "Large/broken.png").write_bytes(b"")
    methods = [ReadyPictures("theirs", str(pictures)), nearest(4)]
    evaluation = evaluate(find_originals(benchmarks), methods, BOTH, 4, tmp_path / "report")
    assert {r.method for r in evaluation.results} == {"nearest"}
    assert len(evaluation.results) == 5 * 2
    expected = (
        f"Large: {benchmarks}/Large/broken.png: empty file",
        "theirs, Small, a: the picture is 60x40 (width x height), expected 60x52",
        f"theirs, Small, b: {pictures}/b.png: cannot be decoded",
        f"theirs, Large, face0: {pictures}/face0.png: no JPEG, PNG",
        f"theirs, Large, face1: more than one picture in {pictures}: face1_x.png, face1_y.png; keep one",
        f"theirs, Large, face2: no picture in {pictures}; expected face2.png",
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
        measures = (Measure(("error",), "mean error", of),)
        found = evaluate(find_originals(benchmarks), [method], BOTH, 4, tmp_path / "report", measures)
        return found.results, len(calls), len(measured)

    first, made, scored = run(counting(calls))
    assert (made, scored) == (10, 10)
    assert run(counting(calls)) == (first, 0, 0)
    (tmp_path / "report" / first[0].picture).unlink()
    assert run(counting(calls)) == (first, 1, 0)  # the same picture again, and its figures are known
    hr = opened(benchmarks / "Small/a.png").copy()
    hr[20:30, 20:30] = 0
    save(hr, benchmarks / "Small/a.png")
    changed, made, scored = run(counting(calls))
    assert (made, scored) == (2, 2)
    assert changed != first
    assert run(replace(counting(calls), fingerprint="other weights"))[1] == 10


def test_a_damaged_cache_is_as_good_as_none(tmp_path, benchmarks):
    originals, report = find_originals(benchmarks), tmp_path / "report"
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
    evaluation = evaluate(find_originals(benchmarks), [method], BOTH, 4, tmp_path / "report")
    assert [line.split(":")[0] for line in evaluation.problems] == ["mine, Small, a"]
    assert len(evaluation.results) == 8


def test_the_authors_images_have_their_figures(tmp_path, srgan_data):
    (tmp_path / "benchmarks").mkdir()
    (tmp_path / "benchmarks/Set5").symlink_to((srgan_data / "benchmarks/Set5").resolve())
    originals = find_originals(tmp_path / "benchmarks")
    methods = [ReadyPictures(m, str(srgan_data / "paper_outputs/{set}" / m)) for m in AUTHORS_SET5]
    evaluation = evaluate(originals, methods, BOTH, 4, tmp_path / "report")
    assert {(r.protocol, r.method, r.image) for r in evaluation.results} == {
        (p.name, m, image) for p in BOTH for m in AUTHORS_SET5 for image in AUTHORS_SET5[m]
    }
    for r in evaluation.results:
        if r.protocol == "paper":
            rounded = round(r.figures["psnr"], 4), round(r.figures["ssim"], 6)
            assert rounded == AUTHORS_SET5[r.method][r.image]


@pytest.mark.parametrize(
    ("benchmark", "published"),
    [
        ("Set5", {"nearest": (26.26, 0.7552), "bicubic": (28.43, 0.8211)}),
        ("Set14", {"nearest": (24.64, 0.7100), "bicubic": (25.99, 0.7486)}),
        ("BSD100", {"nearest": (25.02, 0.6606), "bicubic": (25.94, 0.6935)}),
    ],
)
def test_interpolations_have_their_published_figures(srgan_data, benchmark, published):
    for name, (psnr, ssim) in published.items():
        method = {"nearest": nearest, "bicubic": bicubic}[name](4)
        scores = []
        for path in sorted((srgan_data / "benchmarks" / benchmark).glob("*.png")):
            hr = as_rgb(np.asarray(Image.open(path)))
            scores.append(paper.score(method.upscale(downscale(hr, 4, "pillow"), "pillow"), hr, 4))
        assert np.mean([s.psnr for s in scores]) == pytest.approx(psnr, abs=0.01)
        assert np.mean([s.ssim for s in scores]) == pytest.approx(ssim, abs=0.0002)
