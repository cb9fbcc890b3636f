"""Training on a cluster: the weights of workers that are started by hand, though a node is killed."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from srgan_tf.models.weights import load as load_generator
from srgan_tf.training.checkpoints import checkpoint_steps
from tests.cluster.conftest import until
from tests.helpers import as_flags
from tests.training.test_devices import free_ports


def final_weights(run):
    return load_generator(max((run / "pretrain" / "weights").glob("*.keras"))).get_weights()


def assert_equal(run, other):
    for a, b in zip(final_weights(run), final_weights(other), strict=True):
        np.testing.assert_array_equal(a, b)


def digests(nodes) -> list[str]:
    """The checksums of final weights that workers have printed."""
    logs = Path(nodes.cluster.head_node.get_logs_dir_path()).glob("worker-*.err")
    return [d for log in logs for d in re.findall(r"sha256 of their values (\w+)", log.read_text())]


@pytest.fixture
def values(tiny):
    return {**tiny, "steps": 40, "checkpoint_every": 4, "log_every": 2, "keep_checkpoints": 20}


@pytest.fixture
def by_hand(values, started, tmp_path):
    """The run of two workers that are started by hand."""
    ports = [f"127.0.0.1:{port}" for port in free_ports(2)]
    processes = [
        started(
            "train.py",
            *as_flags(values),
            f"--run_dir={tmp_path}/by_hand",
            env={
                "TF_CONFIG": json.dumps(
                    {"cluster": {"worker": ports}, "task": {"type": "worker", "index": i}}
                )
            },
        )
        for i in range(2)
    ]
    outputs = [process.communicate(timeout=280)[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], outputs
    return tmp_path / "by_hand"


def test_a_killed_node_changes_no_weight(nodes, values, by_hand, tmp_path, started):
    def train(name):
        flags = ["--workers=2", "--cpus=2", f"--address={nodes.address}"]
        return started(
            "-m", "srgan_tf.cluster", "train", *flags, "--", *as_flags(values), f"--run_dir={tmp_path}/{name}"
        )

    undisturbed = train("undisturbed")
    text = undisturbed.communicate(timeout=280)[0]
    assert undisturbed.returncode == 0, text
    assert_equal(tmp_path / "undisturbed", by_hand)
    ends = digests(nodes)
    assert len(ends) == 2
    assert len(set(ends)) == 1, "both workers have the same weights"

    disturbed = train("disturbed")
    checkpoints = tmp_path / "disturbed" / "pretrain" / "checkpoints"
    until(lambda: checkpoint_steps(checkpoints) or disturbed.poll() is not None, "a checkpoint", 280)
    nodes.kill(nodes.all()[0])
    steps = checkpoint_steps(checkpoints)
    assert steps[-1] < values["steps"]
    nodes.add()
    text = disturbed.communicate(timeout=280)[0]
    assert disturbed.returncode == 0, text
    assert "a worker was lost" in text
    assert_equal(tmp_path / "disturbed", by_hand)
