"""`evaluate.py`: its table, its errors, its exit codes."""

import inspect

import pytest

from srgan_tf.errors import UsageError, WorkError
from srgan_tf.library import evaluate
from tests.helpers import save


def test_a_table_is_printed_and_a_report_is_written(tmp_path, command, benchmarks, theirs):
    methods = f"--methods=nearest,theirs={theirs}"
    flags = [f"--benchmarks={benchmarks}", f"--report={tmp_path}/report", "--protocol=paper", methods]
    first = command("evaluate.py", *flags)
    assert first.returncode == 0, first.stderr
    lines = first.stdout.splitlines()
    assert lines[0] == "x4: PSNR / SSIM"
    assert lines[2].split()[:2] == ["protocol", "method"]
    assert lines[4].startswith("paper     nearest")
    assert lines[5].split()[:4] == ["paper", "theirs", "inf", "/"]
    assert "community" not in first.stdout
    assert "note: theirs: no images of Large" in first.stderr
    names = {path.name for path in (tmp_path / "report").iterdir()}
    assert names == {"table.md", "per_image.csv", "figures.json", "index.html", "pictures", "cache.json"}
    assert "with zeros around an image" in (tmp_path / "report/table.md").read_text()
    again = command("evaluate.py", *flags)
    assert again.stdout == first.stdout


def test_what_could_not_be_scored_is_named_and_the_exit_code_is_1(tmp_path, command, benchmarks, astronaut):
    save(astronaut[:20, :20], tmp_path / "wrong/a.png")
    (benchmarks / "Small/c.jxl").write_bytes(b"\xff\x0a")
    (benchmarks / "logo.svg").write_text("<svg/>")  # beside the datasets, and in none of them
    methods = f"--methods=nearest,unheard,wrong={tmp_path}/wrong"
    done = command("evaluate.py", f"--benchmarks={benchmarks}", methods, f"--report={tmp_path}/report")
    assert done.returncode == 1
    assert "paper      nearest" in done.stdout
    errors = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert len(errors) == 4
    assert sum("c.jxl: no JPEG" in line for line in errors) == 1
    errors = [line for line in errors if "c.jxl" not in line]
    assert errors[0].startswith("error: --methods: unheard: unknown; expected nearest, bicubic")
    assert errors[1] == "error: wrong, Small, a: the image is 20x20 (width x height), expected 60x52"
    assert errors[2].startswith("error: wrong, Small, b: no image in")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ([], "--benchmarks is missing"),
        (["--benchmarks={}", "--protocol=mine"], "value should be one of <paper|community|both>"),
        (["--benchmarks={}", "--methods=unheard"], "--methods: unheard: unknown"),
        (["--benchmarks={}", "--vgg_layer=vgg22"], "--vgg_layer has no effect without --vgg_weights"),
    ],
)
def test_wrong_use_is_one_line_and_exit_code_2(tmp_path, command, benchmarks, flags, message):
    done = command("evaluate.py", f"--report={tmp_path}/report", *(flag.format(benchmarks) for flag in flags))
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "report").exists()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"methods": ""}, "--methods is empty"),
        ({"precision": "bfloat16"}, "--precision=bfloat16 has no effect"),
        ({"scale": 5}, "--scale=5: expected one of 2, 3, 4, 8"),
        ({"scale": 3}, "--scale=3: protocol paper takes images with even sides"),
        ({"niqe": "absent.npz"}, r"--niqe: absent\.npz: no such file; give .photographs."),
        ({"vgg_weights": "absent.h5"}, r"--vgg_weights=absent\.h5: no such file"),
    ],
)
def test_what_cannot_work_is_refused_before_anything_is_written(tmp_path, benchmarks, changes, message):
    values = {"benchmarks": benchmarks, "methods": "nearest", "report": tmp_path / "report", **changes}
    with pytest.raises(UsageError, match=message):
        evaluate(**values)
    assert not (tmp_path / "report").exists()


def test_a_report_that_cannot_be_written_is_named(tmp_path, benchmarks):
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match=r"--report=.*file/report: .*give another folder"):
        evaluate(benchmarks, "nearest", tmp_path / "file" / "report")


def test_when_nothing_at_all_can_be_scored_it_says_why(tmp_path, benchmarks):
    (tmp_path / "nothing").mkdir()
    methods = f"theirs={tmp_path}/nothing"
    with pytest.raises(WorkError, match=r"nothing could be evaluated: theirs: no images of Small .*1 more"):
        evaluate(benchmarks, methods, tmp_path / "report")


def test_another_scale(tmp_path, benchmarks):
    figures = evaluate(benchmarks, "bicubic", tmp_path / "report", protocol="community", scale=3)
    assert figures["problems"] == []
    assert {(row["protocol"], row["method"]) for row in figures["images"]} == {("community", "bicubic")}


def test_the_command_has_the_defaults_of_the_function(command):
    """--methods apart: a released network has one scale, and the command's default goes with every one."""
    text = command("evaluate.py", "--help").stdout
    for name, parameter in inspect.signature(evaluate).parameters.items():
        if parameter.default not in (inspect.Parameter.empty, "") and name != "methods":
            entry = text.split(f"  --{name}", 1)[1].split("\n  --")[0]
            assert entry.rstrip().endswith(f"[{parameter.default}]"), name
