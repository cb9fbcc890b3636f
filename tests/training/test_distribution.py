"""Several devices and several processes train the same weights as one."""

import json
import socket

import numpy as np
import pytest
import tensorflow as tf

from srgan_tf.models.weights import load as load_generator
from srgan_tf.run_directory import newest_weights
from srgan_tf.training.run import train
from tests.helpers import GAN, as_flags


def weights_of(run):
    return load_generator(newest_weights(run)).get_weights()


def test_two_devices_give_one_devices_weights_in_both_phases(tmp_path, tiny):
    # One strategy for both phases: two in a process would share the keys of their collective operations.
    two = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    values = {**tiny, "steps": 4}
    pretrained = [train(values, tmp_path / name, s) for name, s in (("one", None), ("two", two))]
    start = str(newest_weights(pretrained[0]))
    values |= {**GAN, "init_from": start}
    adversarial = [train(values, tmp_path / name, s) for name, s in (("one", None), ("two", two))]
    for one, other in (pretrained, adversarial):
        for a, b in zip(weights_of(one), weights_of(other)):
            np.testing.assert_allclose(b, a, atol=1e-5)


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for s in sockets:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


@pytest.mark.parametrize("phase", ["pretrain", "gan"])
def test_two_workers_finish_with_identical_weights(tmp_path, tiny, started, command, phase):
    values = {**tiny, "steps": 4}
    if phase == "gan":
        values |= GAN
        done = command("train.py", *as_flags({**tiny, "steps": 2}), f"--run_dir={tmp_path}/run")
        assert done.returncode == 0, done.stderr
    cluster = {"worker": [f"127.0.0.1:{port}" for port in free_ports(2)]}
    processes = [
        started(
            "train.py",
            *as_flags(values),
            f"--run_dir={tmp_path}/run",
            env={"TF_CONFIG": json.dumps({"cluster": cluster, "task": {"type": "worker", "index": index}})},
        )
        for index in range(2)
    ]
    outputs = [p.communicate(timeout=240)[0] for p in processes]
    assert [p.returncode for p in processes] == [0, 0], outputs
    digests = [text.split("sha256 of their values ")[1].split(")")[0] for text in outputs]
    assert digests[0] == digests[1]

    alone = command("train.py", *as_flags(values), f"--run_dir={tmp_path}/alone", *init_of(tmp_path, phase))
    assert alone.returncode == 0, alone.stderr
    together = newest_weights_in(tmp_path / "run" / phase)
    single = newest_weights_in(tmp_path / "alone" / phase)
    for a, b in zip(single, together):
        np.testing.assert_allclose(b, a, atol=1e-5)


def init_of(tmp_path, phase):
    if phase == "pretrain":
        return []
    return [f"--init_from={tmp_path}/run/pretrain/weights/step_00000002.keras"]


def newest_weights_in(directory):
    return load_generator(max((directory / "weights").glob("*.keras"))).get_weights()
