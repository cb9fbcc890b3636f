"""Methods on degraded LR: nobody can take its values for those of clean LR."""

import json

import pytest

from srgan_tf.data.degradation.cases import case_named, cases_named, degraded_lr
from srgan_tf.errors import UsageError
from srgan_tf.evaluation.datasets import find_images
from srgan_tf.evaluation.evaluate import evaluate
from srgan_tf.evaluation.methods import Upscaling, bicubic, nearest
from srgan_tf.evaluation.protocols import protocols_named
from srgan_tf.library import evaluate as evaluate_and_report
from srgan_tf.metrics import community, paper
from srgan_tf.metrics.score import as_rgb
from tests.helpers import opened

CASES = "clean,jpeg75,noise10"


def test_sr_is_made_of_the_cases_lr_and_kept_under_its_name(tmp_path, benchmarks):
    cases = cases_named(CASES)
    report = tmp_path / "report"
    evaluation = evaluate(find_images(benchmarks), [bicubic(4)], protocols_named("both", cases), 4, report)
    found = {(r.protocol, r.image): r for r in evaluation.results}
    assert len(found) == 5 * 2 * 3
    hr = as_rgb(opened(benchmarks / "Small/b.png"))[:48, :52]
    for rules, way, metric in (("paper", "pillow", paper), ("community", "matlab", community)):
        for case in cases:
            protocol = rules if case.name == "clean" else f"{rules}+{case.name}"
            result = found[protocol, "b"]
            sr = bicubic(4).upscale(degraded_lr(hr, 4, way, case, "b"), way)
            assert result.file == f"pictures/Small/bicubic@{protocol}/b.png"
            assert (opened(report / result.file) == sr).all()
            expected = metric.score(sr, hr, 4)
            assert (result.values["psnr"], result.values["ssim"]) == (expected.psnr, expected.ssim)


def test_no_case_takes_what_was_made_for_another(tmp_path, benchmarks):
    made = []

    def upscale(lr, way):
        made.append(lr)
        return nearest(4).upscale(lr, way)

    def run(names):
        made.clear()
        method = Upscaling("mine", "a test's", "weights", upscale)
        protocols = protocols_named("paper", cases_named(names))
        results = evaluate(find_images(benchmarks), [method], protocols, 4, tmp_path / "report").results
        return {(r.protocol, r.dataset, r.image): r.values for r in results}, len(made)

    clean, count = run("clean")
    assert count == 5
    for name in ("jpeg75", "jpeg50", "noise10", "blur1.2", "phone", "photo"):
        degraded, count = run(name)
        assert count == 5, name
        assert {key[0] for key in degraded} == {f"paper+{name}"}
        assert run(name) == (degraded, 0)
    assert run("clean") == (clean, 0)


def test_every_file_of_the_report_names_the_case(tmp_path, benchmarks):
    figures = evaluate_and_report(
        benchmarks, "nearest,bicubic", tmp_path / "report", protocol="paper", degradation="clean,phone"
    )
    assert figures["protocols"] == ["paper", "paper+phone"]
    assert [(d["protocol"], d["rules"], d["case"]) for d in figures["degradations"]] == [
        ("paper", "paper", "clean"),
        ("paper+phone", "paper", "phone"),
    ]
    means = {(m["protocol"], m["method"]): m for m in figures["means"] if m["data_set"] == "Small"}
    assert set(means) == {(p, m) for p in ("paper", "paper+phone") for m in ("nearest", "bicubic")}
    lines = (tmp_path / "report/table.md").read_text().splitlines()
    start = lines.index("### Small, protocol `paper`")
    assert lines[start + 2] == "x4: PSNR / SSIM"
    assert lines[start + 4] == "| method | clean | phone |"
    for row, method in zip(lines[start + 6 : start + 8], ("nearest", "bicubic")):
        cells = []
        for protocol in ("paper", "paper+phone"):
            images = [
                row
                for row in figures["images"]
                if (row["protocol"], row["data_set"], row["method"]) == (protocol, "Small", method)
            ]
            psnr, ssim = (sum(image[name] for image in images) / 2 for name in ("psnr", "ssim"))
            cells.append(f"{psnr:.2f} / {ssim:.4f}")
        assert row == f"| {method} | {cells[0]} | {cells[1]} |"
    assert any(line.startswith("- phone: Gaussian blur of HR, sigma 0.8") for line in lines)
    assert "paper+phone,Small,a,bicubic," in (tmp_path / "report/per_image.csv").read_text()
    assert "paper+phone" in (tmp_path / "report/index.html").read_text()


def test_published_values_stand_below_clean_lr_only(tmp_path, benchmarks):
    (benchmarks / "Small").rename(benchmarks / "Set5")
    for case, published in (("clean", True), ("jpeg75", False)):
        evaluate_and_report(benchmarks, "nearest", tmp_path / case, protocol="paper", degradation=case)
        text = (tmp_path / case / "table.md").read_text()
        assert ("As published" in text) == published
        assert "## By case" not in text


def test_images_made_elsewhere_are_left_out_of_degraded_lr(tmp_path, benchmarks, theirs):
    figures = evaluate_and_report(
        benchmarks, f"nearest,theirs={theirs}", tmp_path / "a", protocol="paper", degradation=CASES
    )
    assert "theirs: images made elsewhere are of clean LR; left out of jpeg75, noise10" in figures["notes"]
    assert {r["protocol"] for r in figures["images"] if r["method"] == "theirs"} == {"paper"}
    figures = evaluate_and_report(
        benchmarks, f"nearest,theirs={theirs}", tmp_path / "b", protocol="paper", degradation="jpeg75"
    )
    why = "images made elsewhere are of clean LR; give weights, or add clean to --degradation"
    line = f"--methods: theirs: {why}"
    assert figures["problems"] == [line]
    assert [method["name"] for method in figures["methods"]] == ["nearest"]
    with pytest.raises(UsageError, match=line):
        evaluate_and_report(benchmarks, f"theirs={theirs}", tmp_path / "c", degradation="jpeg75")
    assert not (tmp_path / "c").exists()


def test_the_command_takes_cases_and_refuses_what_is_none(tmp_path, command, benchmarks):
    flags = [f"--benchmarks={benchmarks}", f"--report={tmp_path}/report", "--protocol=paper"]
    done = command("evaluate.py", *flags, "--methods=nearest", "--degradation=phone,jpeg30")
    assert done.returncode == 0, done.stderr
    rows = [line.split()[0] for line in done.stdout.splitlines() if "nearest" in line]
    assert rows == ["paper+phone", "paper+jpeg30"]
    images = json.loads((tmp_path / "report/figures.json").read_text())["images"]
    assert {row["picture"].split("/")[2] for row in images} == {
        "nearest@paper+phone",
        "nearest@paper+jpeg30",
    }
    flags[1] = f"--report={tmp_path}/none"
    done = command("evaluate.py", *flags, "--degradation=clean,jpeg200")
    assert done.returncode == 2
    assert done.stderr == "error: --degradation=jpeg200: jpeg200: expected a whole number from 1 to 100\n"
    assert not (tmp_path / "none").exists()


def test_a_case_that_lr_does_not_show_has_the_values_of_clean_lr(tmp_path, benchmarks):
    """Values are kept by what was compared, so that two protocols never share those of another's score."""
    protocols = protocols_named("both", (case_named("clean"), case_named("blur0.1")))
    results = evaluate(find_images(benchmarks), [nearest(4)], protocols, 4, tmp_path / "report").results
    found = {(r.protocol, r.dataset, r.image): r.values for r in results}
    for (protocol, dataset, image), values in found.items():
        if "+" in protocol:
            assert found[protocol.split("+")[0], dataset, image] == values
