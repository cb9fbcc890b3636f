"""Networks trained one after another, and what is said of them."""

import shutil

import pytest

from experiments.networks import facts_of, network_table, other_kinds
from experiments.runs import Planned, trained
from srgan_tf.errors import UsageError, WorkError
from srgan_tf.models.weights import card
from srgan_tf.run_directory import newest_weights, step_of
from srgan_tf.training.run import train


def test_networks_are_trained_in_turn_and_resumed(tiny, tmp_path, capsys):
    values = {**tiny, "checkpoint_every": 1}
    planned = [Planned(name, {**values, "seed": seed}) for seed, name in enumerate(("one", "two"))]
    found = trained(planned, tmp_path)
    assert [step_of(path) for path in found.values()] == [6, 6]
    said = capsys.readouterr().err
    assert "one: network 1 of 2\n" in said
    assert "two: network 2 of 2, about 0" in said
    before = {path: path.stat().st_mtime_ns for path in found.values()}
    assert trained(planned, tmp_path) == found
    assert {path: path.stat().st_mtime_ns for path in found.values()} == before
    assert "network" not in capsys.readouterr().err


def test_a_finished_network_stays_as_it_is_without_its_checkpoints(tiny, tmp_path):
    planned = [Planned("one", {**tiny, "steps": 2})]
    (weights,) = trained(planned, tmp_path).values()
    shutil.rmtree(tmp_path / "one/pretrain/checkpoints")
    before = weights.stat().st_mtime_ns
    assert trained(planned, tmp_path) == {"one": weights}
    assert weights.stat().st_mtime_ns == before
    assert not (tmp_path / "one/pretrain/checkpoints").exists()
    with pytest.raises(
        UsageError, match=r"one/pretrain has weights of step 2 and no checkpoint to go on from"
    ):
        trained([Planned("one", {**tiny, "steps": 3})], tmp_path)
    assert weights.stat().st_mtime_ns == before


def test_a_finished_network_whose_weights_are_gone_is_named(tiny, tmp_path):
    planned = [Planned("one", {**tiny, "steps": 2})]
    trained(planned, tmp_path)
    shutil.rmtree(tmp_path / "one/pretrain/weights")
    with pytest.raises(WorkError, match=r"one/pretrain: its training has ended and its weights are gone"):
        trained(planned, tmp_path)


def test_every_run_is_compared_before_the_first_training(tiny, tmp_path):
    trained([Planned("two", {**tiny, "steps": 2})], tmp_path)
    with pytest.raises(UsageError, match="seed"):
        trained([Planned("one", {**tiny, "steps": 2}), Planned("two", {**tiny, "seed": 5})], tmp_path)
    assert not (tmp_path / "one").exists()


def test_a_run_of_other_values_is_refused(tiny, tmp_path):
    trained([Planned("one", {**tiny, "steps": 2})], tmp_path)
    with pytest.raises(UsageError, match="seed"):
        trained([Planned("one", {**tiny, "steps": 2, "seed": 5})], tmp_path)


def test_a_network_of_another_kind_is_named(networks):
    from experiments import losses, methods

    for released in (losses.RELEASED, methods.RELEASED):
        assert other_kinds(dict(item.split("=") for item in released.split(","))) == []
    assert other_kinds({"SRGAN": str(networks[0])}) == []
    found = other_kinds(
        {"SRCNN": "srgan", "SRGAN-MSE": "srgan", "SRResNet-MSE": "srresnet", "ESPCN": "espcn"}
    )
    srgan = card("srgan")["variant"]
    assert found == [f"What stands as {name} was trained as {srgan}." for name in ("SRCNN", "SRGAN-MSE")]


def test_the_table_says_how_far_a_network_was_trained(tiny, tmp_path, networks):
    run = train({**tiny, "steps": 2}, tmp_path / "run")
    text = network_table({"mine": str(tmp_path / "run"), "file": str(networks[0]), "theirs": "srgan"})
    assert "| mine | trained here | SRResNet-MSE | 2 | 4 crops of 24 a step of images" in text
    assert "| file | file `network0.keras` | unknown | unknown | unknown |" in text
    assert f"| theirs | released `srgan` | {card('srgan')['variant']} | 4,000 |" in text
    weights = newest_weights(run)
    weights.rename(weights.with_name("step_00000001.keras"))
    assert facts_of("mine", str(tmp_path / "run")).steps == "1 of 2 (unfinished)"
