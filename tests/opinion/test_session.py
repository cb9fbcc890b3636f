import pytest

from srgan_tf.opinion import session
from srgan_tf.opinion.store import Rater, Store


@pytest.fixture
def large(invented):
    return invented({"Set5": (5, ("a", "b", "c")), "Set14": (14, ("a", "b"))}, ("a", "b", "c"), examples=4)


def rater(seed=b"0" * 32, rated=0, undos=0):
    return Rater(1, seed, rated, undos)


def test_every_image_comes_once_after_the_calibration(large):
    order = session.versions_of(large, rater())
    assert set(order[:8]) == set(large.examples)
    assert sorted(p.id for p in order[8:]) == sorted(p.id for p in large.versions)


def test_order_is_the_raters_own_and_stays(large):
    one, other = (session.versions_of(large, rater(seed)) for seed in (b"0" * 32, b"1" * 32))
    assert one != other
    assert one == session.versions_of(large, rater(b"0" * 32, rated=20, undos=3))


def test_orders_are_uniform(invented):
    study = invented({"a": (3, ("m",))}, ("m",), examples=0)
    counts = {}
    for seed in range(6000):
        order = session.versions_of(study, rater(seed.to_bytes(32, "big")))
        counts[order] = counts.get(order, 0) + 1
    assert len(counts) == 6
    assert max(abs(c - 1000) for c in counts.values()) < 150  # five standard deviations


def test_keys_say_nothing_and_never_repeat(large):
    keys = [
        session.shown(large, rater(seed, rated, undos)).key
        for seed in (b"0" * 32, b"1" * 32)
        for rated in range(40)
        for undos in range(3)
    ]
    assert len(set(keys)) == len(keys)
    assert {len(key) for key in keys} == {24}


def test_only_this_image_and_the_next_can_be_had(large):
    here = rater(rated=10)
    order = session.versions_of(large, here)
    keys = [session.shown(large, rater(rated=i)).key for i in range(20)]
    found = [session.find(large, here, key) for key in keys]
    assert found == [order[i] if i in (10, 11) else None for i in range(20)]


def test_state_at_the_ends(large):
    store = Store(large.ratings)
    store.join()
    total = len(large.examples) + len(large.versions)
    first = session.state(large, store, rater())
    assert (first["rated"], first["total"], first["examples"]) == (0, total, 8)
    assert first["secondsLeft"] == session.USUAL_SECONDS * total
    assert first["current"]["answer"] in (1, 5)
    last = session.state(large, store, rater(rated=total - 1))
    assert last["current"]["answer"] is None
    assert last["next"] is None
    end = session.state(large, store, rater(rated=total))
    assert (end["current"], end["next"], end["secondsLeft"]) == (None, None, 0)
    store.close()


def test_pace_is_the_median_without_pauses():
    assert session.seconds_per_image([1000.0, 997.0, 993.0, 100.0, 95.0]) == 4
    assert session.seconds_per_image([1000.0]) is None
    assert session.seconds_per_image([]) is None
