"""A study of the paper's versions of each image, made from weights; what is missing is said."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from experiments.study import asked_methods, main
from srgan_tf.errors import UsageError, WorkError
from srgan_tf.images import read_rgb
from srgan_tf.opinion.study import image_path, load_study
from tests.helpers import sample_image, save

SIDES = (48, 56)


@pytest.fixture
def folders(tmp_path):
    """Two datasets of two small images each, and a photograph for calibration, in the working folder."""
    for data_set, first in (("Set5", 1), ("BSD100", 4)):
        for i in range(2):
            save(sample_image(*SIDES, first + i), tmp_path / f"benchmarks/{data_set}/photo{i}.png")
    save(sample_image(*SIDES, 9), tmp_path / "other/cup.png")
    return tmp_path


@pytest.fixture
def given(folders, networks):
    """Networks for some methods and ready images for the others, as --methods takes them."""
    for path in (folders / "benchmarks").rglob("*.png"):
        save(sample_image(*SIDES, 20), folders / "ready" / path.parent.name / path.name)
    ready = dict.fromkeys(("SRCNN", "SelfExSR", "DRCN", "ESPCN", "SRGAN-MSE", "SRGAN-VGG22"), "ready")
    made = {"SRResNet": str(networks[0]), "SRGAN": str(networks[1]), "SRResNet-VGG22": str(networks[1])}
    return {**ready, **made}


def flags(methods):
    return (
        "mos",
        "--benchmarks=benchmarks",
        "--calibration=other",
        "--methods=" + ",".join(f"{name}={what}" for name, what in methods.items()),
    )


def shown(study, data_set):
    return [v.method for v in study.versions if (v.data_set, v.image) == (data_set, "photo0")]


NO_NINE = ",".join(
    f"{name}=none"
    for name in ("nearest", "bicubic", "SRCNN", "SelfExSR", "DRCN", "ESPCN", "SRResNet", "SRGAN")
)
NINE = ["nearest", "bicubic", "SRCNN", "SelfExSR", "DRCN", "ESPCN", "SRResNet", "SRGAN", "HR"]


def test_nine_versions_everywhere_and_three_more_on_set5(call, folders, given, capsys):
    call(main, *flags(given))
    study = load_study(Path("mos"))
    assert shown(study, "BSD100") == NINE
    assert sorted(shown(study, "Set5")) == sorted([*NINE, "SRResNet-VGG22", "SRGAN-MSE", "SRGAN-VGG22"])
    assert len(study.versions) == 2 * 9 + 2 * 12
    said = capsys.readouterr().out
    assert "Set5: 2 images x 12 (" in said
    assert "BSD100: 2 images x 9 (" in said
    assert "42 images to rate, after 2 for calibration, in mos" in said
    assert "not in the study" not in said
    for version in study.versions:
        image = read_rgb(image_path(study.root, version.id))
        if version.method == "HR":
            hr = read_rgb(Path(f"benchmarks/{version.data_set}/{version.image}.png"))
            np.testing.assert_array_equal(image, hr)
        if version.method == "nearest":
            np.testing.assert_array_equal(image, image[::4, ::4].repeat(4, axis=0).repeat(4, axis=1))

    pictures = {p: p.stat().st_mtime_ns for p in Path("mos_images").rglob("*.png")}
    shutil.rmtree("mos")
    call(main, *flags(given))
    assert {p: p.stat().st_mtime_ns for p in Path("mos_images").rglob("*.png")} == pictures


def test_the_study_goes_without_what_is_missing_and_says_so(call, folders, given, capsys):
    save(sample_image(*SIDES, 1), folders / "theirs/Set5/photo0.png")
    few = {
        "SRCNN": given["SRCNN"],
        "SelfExSR": "none",
        "DRCN": "none",
        "ESPCN": "theirs",
        "SRResNet": "none",
        "SRGAN": "none",
        "SRGAN-VGG22": "none",
    }
    call(main, *flags(few))
    said = capsys.readouterr()
    study = load_study(Path("mos"))
    assert shown(study, "Set5") == shown(study, "BSD100") == ["nearest", "bicubic", "SRCNN", "HR"]
    last = next(line for line in said.out.splitlines() if line.startswith("not in the study: "))
    for text in (
        "SRResNet-VGG22: no weights of it are released",
        "SRGAN-MSE: no weights of it are released",
        "ESPCN on Set5: photo1: no image in theirs",
        "ESPCN on BSD100: no images of BSD100 in theirs",
    ):
        assert text in last
        assert f"without {text}" in said.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["other"], "other exists already; give a directory that does not"),
        (["mos", "--calibration=absent"], "--calibration=absent: no such folder, or no image in it"),
        (["mos", "--benchmarks=absent"], "--benchmarks=absent: no such folder"),
        (
            ["mos", "--methods=EDSR=srgan"],
            r"--methods: EDSR is no method of the paper: nearest, bicubic, SRCNN",
        ),
        (
            ["mos", "--methods=HR=srgan"],
            r"--methods: HR is no method of the paper: .* \(HR is always shown\)",
        ),
        (["mos", "--methods=SRGAN"], r"--methods: 'SRGAN' is not NAME=WEIGHTS"),
        (["mos", "--methods=SRGAN=a,SRGAN=b"], r"--methods: SRGAN is given twice"),
        (["mos", "--methods=DRCN=absent"], r"--methods: DRCN=absent: absent: no such model"),
        (
            ["mos", "--benchmarks=benchmarks/BSD100", f"--methods={NO_NINE}"],
            "--methods leaves none to be rated beside HR",
        ),
        (["mos", "--report=other/cup.png"], r"other/cup\.png is a file; give a directory"),
        (["mos", "--calibration_images=0"], "--calibration_images and --seed: expected 1 or more"),
        (
            ["mos", "--benchmarks=benchmarks/BSD100", "--methods=SRGAN-MSE=srgan"],
            "is shown on Set5 and Set14",
        ),
        ([], "expected STUDY_DIR, found nothing"),
    ],
)
def test_wrong_use_is_one_line_and_writes_nothing(call, folders, arguments, message):
    defaults = {"benchmarks": "benchmarks", "calibration": "other"}
    named = {argument.partition("=")[0] for argument in arguments}
    more = [f"--{name}={value}" for name, value in defaults.items() if f"--{name}" not in named]
    with pytest.raises(UsageError, match=message) as caught:
        call(main, *arguments, *more)
    assert "\n" not in str(caught.value)
    assert sorted(path.name for path in folders.iterdir()) == ["benchmarks", "other"]


def test_a_dataset_whose_images_cannot_be_read_is_named(call, folders):
    for path in (folders / "benchmarks/BSD100").iterdir():
        path.write_bytes(b"no image")
    none = dict.fromkeys(("SRCNN", "SelfExSR", "DRCN", "ESPCN", "SRResNet", "SRGAN", "SRGAN-VGG22"), "none")
    with pytest.raises((UsageError, WorkError), match="BSD100: no method has all of its images: bicubic"):
        call(main, *flags(none))
    assert not Path("mos").exists()


def test_the_released_models_are_taken_unless_others_are_given():
    asked, given = asked_methods("SRGAN-MSE=runs/mine,SelfExSR=none")
    assert asked["SRGAN"] == "srgan"
    assert asked["SRGAN-VGG22"] == "srgan-vgg22"
    assert asked["SRGAN-MSE"] == "runs/mine"
    assert "SelfExSR" not in asked
    assert "SRResNet-VGG22" not in asked
    assert given == {"SRGAN-MSE", "SelfExSR"}
