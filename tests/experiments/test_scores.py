"""What is evaluated, and what is said of that which could not be."""

import numpy as np
import pytest

from experiments.scores import NAMED, opinions_of, scored
from srgan_tf.errors import UsageError
from srgan_tf.evaluation.tables import summaries
from srgan_tf.opinion.create import create_study
from srgan_tf.opinion.session import versions_of
from srgan_tf.opinion.store import Store
from tests.helpers import sample_image, save


def mean(found, method, metric, dataset="Set5"):
    return summaries(found.evaluation)["paper", dataset, method, metric].mean


def test_everything_evaluated_leaves_nothing_to_say(small_set, tmp_path):
    assert scored(["bicubic"], small_set, tmp_path / "report").missing == ()


def test_hr_of_any_size_is_a_method_too_and_paths_may_have_commas(tmp_path):
    root = tmp_path / "sets, mine"
    for i, sides in enumerate(((121, 130), (112, 120))):
        save(sample_image(*sides, i), root / f"Set5/photo{i}.png")
    found = scored(["nearest", f"HR={root}"], root, tmp_path / "report")
    assert found.missing == ()
    assert len(found.evaluation.select("paper", "Set5", "HR")) == 2
    assert np.isinf(mean(found, "HR", "psnr"))
    assert mean(found, "HR", "ssim") == pytest.approx(1)


def test_an_image_too_small_for_niqe_keeps_psnr_and_ssim(small_set, tmp_path):
    save(sample_image(64, 100, 1), tmp_path / "sets/Set5/small.png")
    save(sample_image(112, 120, 2), tmp_path / "sets/Set5/large.png")
    found = scored(["bicubic"], tmp_path / "sets", tmp_path / "report")
    assert found.evaluation.metrics == ("psnr", "ssim")
    assert len(found.evaluation.select("paper", "Set5", "bicubic")) == 2
    (line,) = found.missing
    assert line == "NIQE is left out: Set5/small.png is 100x64, and it takes 104x104 at least."


def test_images_that_cannot_be_read_are_named_up_to_a_number(small_set, tmp_path, capsys):
    save(sample_image(112, 120, 1), tmp_path / "sets/Set5/good.png")
    for i in range(NAMED + 2):
        (tmp_path / f"sets/Set5/bad{i}.png").write_bytes(b"no image")
    found = scored(["bicubic"], tmp_path / "sets", tmp_path / "report")
    assert len(found.missing) == NAMED + 1
    assert found.missing[0].startswith("Not in the tables: Set5: Set5/bad0.png: ")
    assert found.missing[-1] == "Not in the tables, for such reasons: 2 more."
    assert "bad9.png" in capsys.readouterr().err


def test_a_study_of_other_names_is_refused(tmp_path):
    save(sample_image(112, 120, 1), tmp_path / "sets/Set5/photo.png")
    save(sample_image(112, 120, 2), tmp_path / "made/Set5/photo.png")
    save(sample_image(112, 120, 3), tmp_path / "other/cup.png")
    methods = {"EDSR": tmp_path / "made", "HR": tmp_path / "sets"}
    study = create_study(tmp_path / "mos", tmp_path / "sets", methods, tmp_path / "other")
    store = Store(study.ratings)
    token = store.join()
    for version in versions_of(study, store.rater(token)):
        store.rate(store.rater(token), version.id, version.answer or (4 if version.method == "EDSR" else 5))
    store.close()
    root = str(tmp_path / "mos")
    assert opinions_of(root, {"EDSR": "EDSR", "HR": "HR"}, ["Set5"])["Set5", "EDSR"] == "4.00"
    for shown in ({"SRGAN": "SRGAN"}, ["Set5"]), ({"EDSR": "EDSR"}, ["Set14"]):
        with pytest.raises(
            UsageError, match=r"its scores are of EDSR on Set5; HR on Set5, and the page shows"
        ):
            opinions_of(root, *shown)
