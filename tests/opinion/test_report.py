import csv
import random
import re

import numpy as np
import pytest
from PIL import Image

from srgan_tf.errors import UsageError, WorkError
from srgan_tf.opinion.report import write_report
from srgan_tf.opinion.session import versions_of
from srgan_tf.opinion.store import Store

# Mean opinion scores on Set14 and BSD100 as published (Ledig et al., Tables 1 and 2).
NINE = {
    "nearest": 1.20,
    "bicubic": 1.80,
    "srcnn": 2.26,
    "selfexsr": 2.34,
    "drcn": 2.84,
    "espcn": 2.52,
    "srresnet": 2.98,
    "srgan": 3.72,
    "original": 4.32,
}
TWELVE = {**NINE, "srresnet-vgg22": 3.15, "srgan-mse": 3.43, "srgan-vgg22": 3.57}


def rows(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def papers_study(invented):
    """The shape of the paper's study, rated by 26 invented raters around the published means."""
    study = invented({"Set5": (5, TWELVE), "Set14": (14, TWELVE), "BSD100": (100, NINE)}, TWELVE, examples=20)
    store = Store(study.ratings)
    given = []
    for _ in range(26):
        rater = store.rater(store.join())
        for position, version in enumerate(versions_of(study, rater)):
            low = int(TWELVE.get(version.method, 0))
            # Of the version and not of its position, which a random token decides.
            draw = random.Random(f"{rater.number} {version.id}").random()
            score = version.answer or low + (draw < TWELVE[version.method] - low)
            given.append((rater.number, position, version.id, score, 1.8e9 + 4 * position))
    with store._connection as connection:  # one commit for all; raters' own way takes a commit each
        connection.executemany("INSERT INTO ratings VALUES (?, ?, ?, ?, ?)", given)
    store.close()
    return study


@pytest.mark.slow
def test_report_of_the_papers_study(papers_study, tmp_path):
    text = write_report(papers_study.root, tmp_path / "report")
    assert "29,328 ratings by 26 raters; nobody is left out." in text
    table = rows(tmp_path / "report" / "mean_opinion.csv")
    counts = {}
    for row in table:
        counts[row["data_set"]] = counts.get(row["data_set"], 0) + int(row["ratings"])
        assert sum(int(row[str(score)]) for score in range(1, 6)) == int(row["ratings"])
        assert float(row["low"]) < float(row["mean"]) < float(row["high"])
    assert counts == {"Set5": 26 * 60, "Set14": 26 * 168, "BSD100": 26 * 900}
    for row in table:
        deviations = 5 * 0.5 / np.sqrt(int(row["ratings"]))
        assert float(row["mean"]) == pytest.approx(TWELVE[row["method"]], abs=deviations)
    assert len(rows(tmp_path / "report" / "wilcoxon.csv")) == 66 + 66 + 36
    assert len(rows(tmp_path / "report" / "ratings.csv")) == 29_328 + 26 * 40
    best = {r["data_set"]: r["method"] for r in sorted(table, key=lambda r: -float(r["average_rank"]))}
    assert best == dict.fromkeys(counts, "original")
    assert all(f["findings"] == "" for f in rows(tmp_path / "report" / "raters.csv"))


def test_images_of_a_report(study, store, rate_all, tmp_path):
    rate_all(study, store, lambda p: p.answer or 3)
    rate_all(study, store, lambda p: p.answer or 4, limit=7)
    text = write_report(study.root, tmp_path / "report")
    for name in ("mean_opinion", "distribution", "ranks"):
        assert f"({name}.png)" in text
        version = Image.open(tmp_path / "report" / f"{name}.png")
        assert min(version.size) > 300
        assert len(version.convert("RGB").getcolors(1 << 20)) > 10
    assert (tmp_path / "report" / "report.md").read_text() == text


def test_the_distributions_marks_are_where_the_means_are(study, store, rate_all, tmp_path):
    score = {"nearest": 1, "bicubic": 2, "softened": 4, "original": 5}
    rate_all(study, store, lambda p: p.answer or score[p.method])
    write_report(study.root, tmp_path / "report")
    pixels = np.asarray(Image.open(tmp_path / "report" / "distribution.png").convert("RGB")).astype(int)
    red = np.abs(pixels - [0xD6, 0x27, 0x28]).sum(axis=2) < 20
    columns = np.flatnonzero(red.any(axis=0))
    marks = np.split(columns, np.flatnonzero(np.diff(columns) > 5) + 1)
    heights = [np.flatnonzero(red[:, m].any(axis=1)).mean() for m in marks]
    assert len(heights) == 4
    # Equal steps of a score are equal steps of the image, and a better score is further up.
    steps = -np.diff(heights)
    assert steps / steps[0] == pytest.approx([1, 2, 1], abs=0.05)
    assert steps[0] > 20


@pytest.mark.slow
def test_excluded_raters_are_named_and_do_not_count(study, store, rate_all, tmp_path):
    for _ in range(3):
        rate_all(study, store, lambda p: p.answer or {"nearest": 1, "original": 5}.get(p.method, 3))
    rate_all(study, store, lambda p: 6 - p.answer if p.answer else 5)
    everyone = write_report(study.root, tmp_path / "all")
    assert "48 ratings by 4 raters; nobody is left out." in everyone
    assert "Failed the calibration: rater 4 (`--exclude=calibration`" in everyone
    assert "Rated as if at random: rater 4" in everyone
    assert "random if p >= 0.01 and p usual < 0.005" in everyone
    text = write_report(study.root, tmp_path / "some", exclude=["calibration"])
    assert "36 ratings by 3 raters; left out: rater 4." in text
    means = {row["method"]: float(row["mean"]) for row in rows(tmp_path / "some" / "mean_opinion.csv")}
    assert means == {"nearest": 1, "bicubic": 3, "softened": 3, "original": 5}
    raters = rows(tmp_path / "some" / "raters.csv")
    assert [row["counts"] for row in raters] == ["True"] * 3 + ["False"]


def test_table_lines_up(study, store, rate_all, tmp_path):
    rate_all(study, store, lambda p: p.answer or 3)
    for block in write_report(study.root, tmp_path / "report").split("\n\n"):
        if block.startswith("|"):
            lines = block.strip().splitlines()
            assert len({len(line) for line in lines}) == 1
            assert len({line.count("|") for line in lines}) == 1


@pytest.mark.parametrize("count", [2, 5])
def test_intervals_stay_on_the_scale_and_those_of_few_raters_are_marked(
    study, store, rate_all, tmp_path, count
):
    for number in range(count):
        rate_all(
            study, store, lambda p, n=number: p.answer or (5 if p.method == "original" and n else 4 - n % 3)
        )
    text = write_report(study.root, tmp_path / "report")
    table = rows(tmp_path / "report" / "mean_opinion.csv")
    for row in table:
        assert 1 <= float(row["low"]) <= float(row["mean"]) <= float(row["high"]) <= 5
        assert (row["raters"], row["useless"]) == (str(count), str(count < 5))
    assert "to 5.00" in text
    assert text.count(" (useless)") == (4 if count < 5 else 0)
    assert ("an interval of fewer than 5 raters" in text) == (count < 5)


def test_nothing_to_report(study, store, rate_all, tmp_path):
    with pytest.raises(WorkError, match="no image has been rated yet"):
        write_report(study.root, tmp_path / "report")
    rate_all(study, store, lambda p: p.answer, limit=2)
    with pytest.raises(WorkError, match="no image has been rated yet"):
        write_report(study.root, tmp_path / "report")
    with pytest.raises(WorkError, match="none is left once raters are excluded"):
        write_report(study.root, tmp_path / "report", exclude=["incomplete"])
    assert not (tmp_path / "report").exists()


def test_a_file_in_the_way(study, tmp_path):
    (tmp_path / "report").write_text("mine")
    with pytest.raises(UsageError, match="is a file"):
        write_report(study.root, tmp_path / "report")
    assert (tmp_path / "report").read_text() == "mine"


def test_published_scores_stand_beside_those_of_methods_with_the_papers_names(invented, rate_all, tmp_path):
    methods = ("SRGAN", "SRGAN-MSE", "HR", "mine")
    study = invented({"Set5": (1, methods), "BSD100": (1, methods), "others": (1, methods)}, methods)
    store = Store(study.ratings)
    for score in (2, 3):
        rate_all(study, store, lambda p, score=score: p.answer or score)
    store.close()
    text = write_report(study.root, tmp_path / "report")
    opinions = text.split("## Mean opinion score")[1].split("![")[0]
    lines = {line.split()[1]: line for line in opinions.splitlines() if line.startswith("| ")}
    found = {
        name: re.findall(r"(\S+) \(useless\) \(paper (\d\.\d\d)\)", line) for name, line in lines.items()
    }
    assert [published for _, published in found["Set5"]] == ["3.58", "3.77", "4.32"]
    assert [published for _, published in found["BSD100"]] == ["3.56", "4.46"]
    assert found["others"] == []
    assert "(paper ...): the score that the paper's 26 raters gave" in opinions
    table = {(r["data_set"], r["method"]): r for r in rows(tmp_path / "report" / "mean_opinion.csv")}
    assert table["BSD100", "HR"]["published"] == "4.46"
    assert table["BSD100", "SRGAN-MSE"]["published"] == table["others", "HR"]["published"] == ""
    assert {row["mean"] for row in table.values()} == {"2.5"}
