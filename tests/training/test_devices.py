"""Several devices and several processes train the same weights as one."""

import json
import socket

import keras
import numpy as np
import pytest
import tensorflow as tf

from srgan_tf.models.weights import load as load_generator
from srgan_tf.new_config import new_config
from srgan_tf.run_directory import newest_weights
from srgan_tf.training.devices import make_step
from srgan_tf.training.run import build, train
from tests.helpers import GAN, as_flags


def weights_of(run):
    return load_generator(newest_weights(run)).get_weights()


@pytest.fixture(scope="module")
def two_devices():
    """One strategy for all tests: two in a process would share the keys of their collective operations."""
    return tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])


@pytest.mark.slow
def test_two_devices_give_one_devices_weights_in_both_phases(tmp_path, tiny, two_devices):
    values = {**tiny, "steps": 4, "sub_pixel_constraint": "linear"}
    strategies = (("one", None), ("two", two_devices))
    pretrained = [train(values, tmp_path / name, s) for name, s in strategies]
    start = str(newest_weights(pretrained[0]))
    values |= {**GAN, "init_from": start}
    adversarial = [train(values, tmp_path / name, s) for name, s in strategies]
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


@pytest.mark.parametrize(
    ("phase", "tasks"),
    [("pretrain", ("worker", "worker")), ("pretrain", ("chief", "worker")), ("gan", ("worker", "worker"))],
)
def test_two_workers_finish_with_identical_weights(tmp_path, tiny, started, command, phase, tasks):
    values = {**tiny, "steps": 4}
    if phase == "gan":
        values |= GAN
        done = command("train.py", *as_flags({**tiny, "steps": 2}), f"--run_dir={tmp_path}/run")
        assert done.returncode == 0, done.stderr
    cluster, places = {}, []
    for task, port in zip(tasks, free_ports(2), strict=True):
        cluster.setdefault(task, []).append(f"127.0.0.1:{port}")
        places.append({"type": task, "index": len(cluster[task]) - 1})
    processes = [
        started(
            "train.py",
            *as_flags(values),
            f"--run_dir={tmp_path}/run",
            env={"TF_CONFIG": json.dumps({"cluster": cluster, "task": place})},
        )
        for place in places
    ]
    outputs = [p.communicate(timeout=240)[0] for p in processes]
    assert [p.returncode for p in processes] == [0, 0], outputs
    digests = [text.split("sha256 of their values ")[1].split(")")[0] for text in outputs]
    assert digests[0] == digests[1]
    assert ["training: " in text for text in outputs] == [True, False], "one of them alone is the chief"

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


@pytest.mark.slow
def test_the_norm_is_that_of_the_gradient_that_is_applied(tiny, two_devices):
    """Adam's first moment after the first step is a tenth of the gradient that was applied."""
    config = new_config({**tiny, **GAN})
    rng = np.random.default_rng(0)
    lr = rng.uniform(0, 1, (4, 6, 6, 3)).astype(np.float32)
    hr = rng.uniform(-1, 1, (4, 24, 24, 3)).astype(np.float32)
    with two_devices.scope():
        training, ema = build(config, None, synchronized=True)
    step = make_step(config, training, ema, two_devices)
    shares = two_devices.experimental_distribute_values_from_function(
        lambda context: tuple(tf.constant(x[2 * context.replica_id_in_sync_group :][:2]) for x in (lr, hr))
    )
    values = dict(zip(training.terms, step(shares, tf.constant(0), tf.constant(0.0)).numpy(), strict=False))
    for name, optimizer in (
        ("gradient_norm", training.generator_optimizer),
        ("discriminator_gradient_norm", training.discriminator_optimizer),
    ):
        applied = [10 * np.asarray(moment) for moment in optimizer._momentums]
        expected = np.sqrt(sum(np.square(m.astype(np.float64)).sum() for m in applied))
        assert values[name] == pytest.approx(expected, rel=1e-4)


def test_the_norm_under_float16_is_without_loss_scaling(tiny):
    rng = np.random.default_rng(0)
    data = [tf.constant(rng.uniform(size=shape), tf.float32) for shape in ((4, 6, 6, 3), (4, 24, 24, 3))]
    norms = []
    for precision in ("float32", "mixed_float16"):
        keras.utils.set_random_seed(0)
        training, _ = build(new_config({**tiny, "precision": precision}), None, synchronized=False)
        if precision == "mixed_float16":
            training.generator_optimizer.dynamic_scale.assign(256.0)
        norms.append(float(training.train_step(data)["gradient_norm"]))
    assert norms[1] == pytest.approx(norms[0], rel=0.05)
