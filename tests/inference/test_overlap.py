import threading
from concurrent.futures import wait

import numpy as np
import pytest

from srgan_tf.inference import overlap
from srgan_tf.inference.overlap import Abandoned, Behind, one_behind


def strips(number, rows=10):
    """Strips of 1000 bytes a row, each full of its number."""
    return (np.full((rows, 1000), i, np.uint8) for i in range(number))


def whole(parts):
    return np.concatenate(list(parts))


@pytest.fixture(autouse=True)
def _no_thread_stays():
    before = threading.active_count()
    yield
    assert threading.active_count() == before


def test_results_come_in_order_and_one_call_waits_at_most():
    made, called = [], []

    def calls():
        for i in range(5):
            assert len(called) >= i - 2
            made.append(i)
            yield lambda i=i: called.append(i) or threading.get_ident()

    threads = list(one_behind(calls()))
    assert made == called == list(range(5))
    assert set(threads) != {threading.get_ident()}


def test_what_a_call_raises_reaches_the_caller():
    with pytest.raises(ZeroDivisionError):
        list(one_behind([lambda: 1, lambda: 1 / 0, lambda: 2]))


def test_strips_arrive_whole_and_in_order_image_after_image():
    sizes = ((3, 10), (1, 700), (2, 300))
    with Behind() as behind:
        results = [behind.hand_over(strips(*size), whole) for size in sizes]
    for result, size in zip(results, sizes):
        np.testing.assert_array_equal(result.result(), whole(strips(*size)))


def test_strips_are_made_while_the_last_ones_are_consumed():
    """The consumer of the first strip waits until the second one is being made, which needs two threads."""
    second = threading.Event()

    def made():
        yield np.zeros((1, 4), np.uint8)
        second.set()
        yield np.ones((1, 4), np.uint8)

    def consume(parts):
        next(parts)
        assert second.wait(timeout=60)
        return len(list(parts))

    with Behind() as behind:
        assert behind.hand_over(made(), consume).result() == 1


@pytest.mark.parametrize(("most", "allowed"), [(0, 1), (25_000, 2), (10**9, 6)])
def test_the_queue_is_bounded(monkeypatch, most, allowed):
    """The first strip is consumed when no further one fits: of 10,000 bytes each, its own counted."""
    monkeypatch.setattr(overlap, "QUEUE", most)
    go, handed = threading.Event(), []

    def made():
        for i, strip in enumerate(strips(6)):
            if i == allowed:  # asked for when the one before was taken, so one is being made
                go.set()
            handed.append(i)
            yield strip
        go.set()

    def consume(parts):
        first = next(parts)
        assert go.wait(timeout=60)
        assert len(handed) <= allowed + 1
        return len(first) + sum(map(len, parts))

    with Behind() as behind:
        assert behind.hand_over(made(), consume).result() == 60


def test_a_consumer_that_fails_stops_the_making():
    made = []

    def endless():
        while True:
            made.append(0)
            yield np.zeros((10, 10**6), np.uint8)

    def consume(parts):
        next(parts)
        raise OSError("disk full")

    with Behind() as behind:
        result = behind.hand_over(endless(), consume)
        with pytest.raises(OSError, match="disk full"):
            result.result()
        assert len(made) < 12
        assert behind.hand_over(strips(2), whole).result().shape == (20, 1000)


def test_a_maker_that_fails_abandons_its_consumer_only():
    ends = []

    def broken():
        yield from strips(2)
        raise MemoryError

    def consume(parts):
        try:
            list(parts)
        except Abandoned:
            ends.append("abandoned")
            raise

    with Behind() as behind:
        first = behind.hand_over(strips(3), whole)
        with pytest.raises(MemoryError):
            behind.hand_over(broken(), consume)
        wait([first])
        assert len(first.result()) == 30
        assert behind.hand_over(strips(1), whole).result().shape == (10, 1000)
    assert ends in ([], ["abandoned"])  # it may not have begun


def test_leaving_by_an_error_abandons_what_goes_on():
    begun = threading.Event()

    def consume(parts):
        next(parts)
        begun.set()
        for _ in parts:
            pass

    def interrupted():
        yield np.zeros((1000, 4), np.uint8)
        assert begun.wait(timeout=60)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), Behind() as behind:
        behind.hand_over(interrupted(), consume)
