import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

from benchmarks import peer as module
from benchmarks.inference_peers import best_first, check
from benchmarks.peer import environment, peer
from benchmarks.peer_inputs import write_graphs, write_weights
from benchmarks.side_by_side import Ratio
from srgan_tf.errors import WorkError
from srgan_tf.exporting.runtimes import open_onnx
from tests.helpers import random_generator

TURNS = Path(module.__file__).parent / "peers" / "turns.py"


@pytest.fixture
def script(tmp_path, monkeypatch):
    """Writes a peer's script, which this Python runs instead of one of an environment of its own."""
    monkeypatch.setattr(module, "SCRIPTS", tmp_path)
    monkeypatch.setattr(module, "environment", lambda name: sys.executable)
    (tmp_path / "turns.py").write_text(TURNS.read_text())
    return lambda text: (tmp_path / "some.py").write_text(textwrap.dedent(text))


def test_a_peer_prepares_and_then_takes_its_turns(script, tmp_path):
    script(
        """
        import sys
        from turns import fastest, take_turns

        print("a library's chatter")
        done = open(sys.argv[1], "a")
        form = fastest({"slow": lambda: sum(range(300_000)), "fast": lambda: None})
        take_turns(lambda: print("called", file=done, flush=True), form=form)
        """
    )
    calls = tmp_path / "calls"
    with peer("some", str(calls)) as some:
        assert some.facts == {"form": "fast"}
        assert calls.read_text() == ""
        seconds = [some.seconds() for _ in range(2)]
    assert all(0 <= s < 1 for s in seconds)
    assert calls.read_text() == "called\ncalled\n"
    assert some.process.poll() is not None


def test_a_peer_that_cannot_prepare_says_why(script):
    script("raise ImportError('no such library')")
    with pytest.raises(WorkError, match="ImportError: no such library"), peer("some"):
        pass


def test_a_peer_that_ends_between_turns_says_why(script):
    script(
        """
        from turns import take_turns

        take_turns(lambda: 1 / 0)
        """
    )
    with pytest.raises(WorkError, match="ZeroDivisionError"), peer("some") as some:
        some.seconds()


def test_an_environment_that_is_there_is_taken_as_it_is(tmp_path):
    folder = tmp_path / "open_vino"
    folder.mkdir()
    (folder / "requirements.txt").write_text((TURNS.parent / "open_vino.txt").read_text())
    assert environment("open_vino", tmp_path) == folder / "bin" / "python"


def test_an_environment_that_cannot_be_made_is_an_error(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "executable", "false")
    with pytest.raises(WorkError, match="its environment cannot be installed"):
        environment("open_vino", tmp_path)
    assert not (tmp_path / "open_vino").exists()


def test_peers_requirements_are_pinned():
    files = sorted(TURNS.parent.glob("*.txt"))
    assert [path.stem for path in files] == ["onnx_runtime", "open_vino", "pytorch"]
    for path in files:
        lines = [line for line in path.read_text().splitlines() if not line.startswith("--")]
        assert all("==" in line for line in lines)
        compile(path.with_suffix(".py").read_text(), path.stem, "exec")


@pytest.mark.slow
def test_every_graph_that_peers_get_computes_the_same(tmp_path):
    model = random_generator()
    write_graphs(model, tmp_path)
    lr = np.random.default_rng(0).uniform(size=(1, 12, 16, 3)).astype(np.float32)
    files = sorted(tmp_path.glob("*.onnx"))
    assert len(files) == 3
    for path in files:
        np.testing.assert_allclose(open_onnx(path)(lr), model(lr), atol=1e-4, err_msg=path.stem)


def test_every_weight_is_written_by_name(tmp_path):
    model = random_generator()
    write_weights(model, tmp_path)
    with np.load(tmp_path / "weights.npz") as file:
        assert len(file) == len(model.weights) + 1
        np.testing.assert_array_equal(file["up2_conv/bias"], model.get_layer("up2_conv").bias)
        assert file["tail_conv/kernel_before_shuffle"].shape == (5, 5, 32, 12)


def test_an_output_that_differs_is_an_error():
    exact = np.full((1, 4, 4, 3), 1 / 255, np.float32)  # level 128
    check(exact + 1 / 127.5, exact, levels=1)
    with pytest.raises(WorkError, match="differs by 3 levels"):
        check(exact + 3 / 127.5, exact, levels=1)


def test_the_goal_is_against_the_fastest():
    rows = [Ratio("ours", name, 1.0, s, 1 / s, 0, 0, 5) for name, s in (("PyTorch", 2.0), ("OpenVINO", 1.5))]
    found = best_first(rows, "float32")
    assert [(row.against, row.goal) for row in found] == [("OpenVINO", 0.7), ("PyTorch", None)]
    assert found[0].missed == (1 / 1.5 > 0.7)


PYTORCH = Path(module.ENVIRONMENTS) / "pytorch" / "bin" / "python"


@pytest.mark.skipif(not PYTORCH.exists(), reason="PyTorch's environment is made by make bench")
def test_pytorchs_network_computes_the_same(tmp_path):
    model = random_generator()
    lr = np.random.default_rng(0).uniform(size=(1, 12, 16, 3)).astype(np.float32)
    write_weights(model, tmp_path)
    np.save(tmp_path / "lr.npy", lr)
    code = """
    import sys, numpy as np, torch
    sys.path.insert(0, sys.argv[2])
    from pytorch import SRResNet, folded, tail_first
    weights = dict(np.load(sys.argv[1] + "/weights.npz"))
    lr = torch.from_numpy(np.load(sys.argv[1] + "/lr.npy")).permute(0, 3, 1, 2)
    drawn = folded(SRResNet(weights))
    forms = [drawn(lr), tail_first(folded(SRResNet(weights)), weights)(lr)]
    np.save(sys.argv[1] + "/sr.npy", torch.stack(forms).detach().permute(0, 1, 3, 4, 2).numpy())
    """
    arguments = [PYTORCH, "-c", textwrap.dedent(code), tmp_path, TURNS.parent]
    subprocess.run(arguments, check=True)
    for sr in np.load(tmp_path / "sr.npy"):
        np.testing.assert_allclose(sr, model(lr), atol=1e-4)
