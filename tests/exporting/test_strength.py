"""The export of a network between two networks."""

import json

import numpy as np
import pytest

import srgan_tf
from srgan_tf.commands import export as command
from srgan_tf.exporting.page import RUNTIME_FILES
from srgan_tf.inference.litert import open_litert
from srgan_tf.models.weights import save as save_generator
from tests.helpers import TINY, random_generator


@pytest.fixture
def ends(tmp_path):
    files = tmp_path / "faithful.keras", tmp_path / "crisp.keras"
    for seed, file in enumerate(files):
        save_generator(random_generator(seed=seed).get_weights(), TINY, file)
    return files


@pytest.mark.slow
def test_a_strength_is_exported_and_said_and_the_page_has_others(ends, tmp_path):
    for source in RUNTIME_FILES:
        (tmp_path / "modules" / source).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "modules" / source).write_text("")
    out = tmp_path / "mine"
    srgan_tf.export(
        ends[1], out, formats=("tflite", "web"), tiles=(16,), node_modules=tmp_path / "modules",
        strength=0.5, faithful=str(ends[0]), page_strengths=(0, 0.5, 1),
    )  # fmt: skip
    card = json.loads((out / "model_card.json").read_text())
    assert card["interpolation"] == {"strength": 0.5, "faithful": "faithful.keras"}
    assert (out / "report.md").read_text().startswith("crisp.keras at strength 0.5 (0 is faithful.keras)\n")
    page = json.loads((out / "model.json").read_text())
    forms = [f"mine_{variant}_16.tflite" for variant in ("dynamic", "float16", "float32")]
    assert page["files"] == forms
    assert page["strengths"] == [
        {"strength": 0, "files": ["mine_strength0_dynamic_16.tflite"]},
        {"strength": 0.5, "files": forms},
        {"strength": 1, "files": ["mine_strength1_dynamic_16.tflite"]},
    ]
    lr = np.random.default_rng(0).uniform(size=(1, 16, 16, 3)).astype(np.float32)
    for each in page["strengths"]:
        model = srgan_tf.load(ends[1], strength=each["strength"], faithful=ends[0])
        sr = open_litert(out / each["files"][0], "").run(lr)
        assert np.sqrt(np.mean((sr - model(lr).numpy()) ** 2)) < 0.05
        assert each["files"][0] in card["files"]


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--weights=srgan", "--strength=2"], "--strength=2: expected a value from 0"),
        (["--weights=srresnet", "--strength=0.5"], "which network is srresnet's at strength 0"),
        (["--weights=srgan", "--faithful=srresnet"], "--faithful=srresnet has no effect without --strength"),
        (["--weights=srgan", "--page_strengths=0"], "--page_strengths has an effect with --formats=web only"),
        (
            ["--weights=srgan", "--formats=tflite,web", "--page_strengths=0,half"],
            "--page_strengths=0,half: expected numbers from 0 to 1",
        ),
        (
            ["--weights=srgan", "--formats=tflite,web", "--page_strengths=0,7"],
            "--strength=7: expected a value from 0",
        ),
    ],
)
def test_a_strength_that_cannot_be_is_one_line(main_in_process, tmp_path, flags, message):
    code, _, stderr = main_in_process(command.main, *flags, f"--output={tmp_path}/out")
    assert code == 2
    assert message in stderr
    assert len(stderr.splitlines()) == 1
    assert not (tmp_path / "out").exists()
