import sys

import pytest

from srgan_tf.opinion.store import Store

MODULE = "srgan_tf.opinion"


@pytest.mark.slow
def test_from_images_to_a_report(folders, tmp_path, command, rate_all):
    study_dir = tmp_path / "study"
    done = command(
        "-m",
        MODULE,
        "create",
        study_dir,
        f"--images={folders / 'original'}",
        f"--methods=bicubic={folders / 'bicubic'},original={folders / 'original'}",
        f"--calibration={folders / 'calibration'}",
        "--title=Three crops",
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "original: 3 images x 2 (bicubic, original)",
        f"6 images to rate, after 2 for calibration, in {study_dir}",
    ]
    done = command("-m", MODULE, "report", study_dir)
    assert done.returncode == 1
    assert done.stderr == f"error: {study_dir}: no ratings to report, no image has been rated yet\n"

    from srgan_tf.opinion.study import load_study

    study = load_study(study_dir)
    store = Store(study.ratings)
    rate_all(study, store, lambda p: p.answer or (2 if p.method == "bicubic" else 5))
    store.close()
    done = command("-m", MODULE, "report", study_dir, f"--out={tmp_path / 'out'}")
    assert (done.returncode, done.stderr) == (0, "")
    assert "# Three crops" in done.stdout
    assert "| original |    2.00 |     5.00 |" in done.stdout
    assert done.stdout.endswith(f"written to {tmp_path / 'out'}\n")
    assert {p.name for p in (tmp_path / "out").iterdir()} == {
        "report.md",
        "mean_opinion.csv",
        "wilcoxon.csv",
        "raters.csv",
        "ratings.csv",
        "mean_opinion.png",
        "distribution.png",
        "ranks.png",
    }


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "a command is missing: expected create, serve, report"),
        (["rate"], "'rate' is no command"),
        (["create"], "expected STUDY_DIR, found nothing"),
        (["create", "new", "--images=x"], "--methods is missing"),
        (["create", "new", "--images=x", "--methods=x", "--calibration=x"], "'x' is not NAME=DIR"),
        (["create", "new", "--images=x", "--methods=a=x,a=y", "--calibration=x"], "a is given twice"),
        (["create", "new", "--images=x", "--methods=a=x", "--calibration=x"], "--images=x is no folder"),
        (["create", "new", "--image=x"], "image"),
        (["create", "new", "--scale=two"], "scale"),
        (["serve", "nowhere"], "nowhere is no study: "),
        (["serve", "a", "b"], "expected STUDY_DIR, found a b"),
        (["report", "nowhere", "--exclude=random"], "nowhere is no study: "),
    ],
)
def test_wrong_use_is_one_line(capsys, monkeypatch, arguments, message):
    from srgan_tf.errors import exit_code
    from srgan_tf.opinion.__main__ import main

    monkeypatch.setattr(sys, "argv", ["opinion", *arguments])
    assert exit_code(main) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert error.count("\n") == 1
    assert message in error


def test_help(command):
    for arguments in ([], ["create"], ["serve"], ["report"]):
        done = command("-m", MODULE, *arguments, "--help")
        assert done.returncode == 0
        assert MODULE in done.stdout


def test_tensorflow_is_not_needed(command):
    done = command(
        "-c",
        "import sys\n"
        "import srgan_tf.opinion.__main__\n"
        "from srgan_tf.opinion import create, report, web\n"
        "assert not {'tensorflow', 'keras'} & set(sys.modules)",
    )
    assert done.returncode == 0, done.stderr


def test_a_missing_extra_is_named(command):
    done = command(
        "-c",
        "import sys\n"
        "sys.modules['waitress'] = None\n"
        "sys.argv = ['opinion', 'serve', 'study']\n"
        "from srgan_tf.errors import exit_code\n"
        "from srgan_tf.opinion.__main__ import main\n"
        "sys.exit(exit_code(main))",
    )
    assert done.returncode == 2
    assert (
        done.stderr
        == "error: the opinion test needs waitress: install its extra with pip install '.[opinion]'\n"
    )
