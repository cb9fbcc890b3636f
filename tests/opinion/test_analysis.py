import random

import numpy as np
import pytest

from srgan_tf.errors import UsageError
from srgan_tf.opinion.analysis import kept, rater_facts, scores_by_data_set
from srgan_tf.opinion.store import Rating, Store, read_ratings

QUALITY = {"nearest": 1, "bicubic": 2, "srgan": 4, "original": 5}


@pytest.fixture
def facts(invented, rate_all):
    """Five careful raters; 6 fails the calibration, 7 presses anything, 8 always 3, 9 stops half way."""
    study = invented({"Set5": (5, QUALITY)}, QUALITY)
    store = Store(study.ratings)

    def careful(rater):
        """Scores that depend on the rater and the image alone, whatever the order."""

        def score(version):
            slip = random.Random(f"{rater} {version.id}").choice((-1, 0, 0, 0, 1))
            return version.answer or min(5, max(1, QUALITY[version.method] + slip))

        return score

    for rater in range(1, 6):
        rate_all(study, store, careful(rater))
    rate_all(study, store, lambda p: 6 - p.answer if p.answer else careful(6)(p))
    rate_all(study, store, lambda p: p.answer or random.Random(p.id).randint(1, 5))
    rate_all(study, store, lambda p: p.answer or 3)
    rate_all(study, store, careful(9), limit=4 + 12)
    store.join()  # and never rates
    store.close()
    return rater_facts(study, read_ratings(study.ratings))


def test_findings(facts):
    assert [f.number for f in facts] == list(range(1, 10))
    assert [f.findings for f in facts] == [()] * 5 + [
        ("calibration",),
        ("random",),
        ("random",),
        ("incomplete",),
    ]
    assert [f.near for f in facts] == [1] * 5 + [0] + [1] * 3
    assert [f.rated for f in facts] == [20] * 8 + [12]
    assert facts[0].agreement.correlation > 0.8
    assert (facts[7].agreement.correlation, facts[7].agreement.p) == (0, 1)


def test_exclusion(facts):
    assert kept(facts, []) == list(range(1, 10))
    assert kept(facts, ["calibration", "random"]) == [1, 2, 3, 4, 5, 9]
    assert kept(facts, ["incomplete", "2"]) == [1, 3, 4, 5, 6, 7, 8]


@pytest.mark.parametrize(("item", "message"), [("10", "no such rater"), ("randm", "expected calibration, ")])
def test_exclusion_of_what_is_not_there(facts, item, message):
    with pytest.raises(UsageError, match=f"--exclude={item}: .*{message}"):
        kept(facts, [item])


def test_few_ratings_are_not_judged(invented, rate_all):
    study = invented({"Set5": (2, QUALITY)}, QUALITY)
    store = Store(study.ratings)
    for _ in range(3):
        rate_all(study, store, lambda p: p.answer or QUALITY[p.method])
    rate_all(study, store, lambda p: p.answer or 6 - QUALITY[p.method])
    store.close()
    assert all(f.findings == () for f in rater_facts(study, read_ratings(study.ratings)))


def test_pace_leaves_pauses_out(invented):
    study = invented({"Set5": (4, ("a",))}, ("a",))
    times = [100, 104, 110, 100_000, 100_005]
    ratings = [Rating(1, i, f"Set5-{i % 4}-a", 3, t) for i, t in enumerate(times)]
    assert rater_facts(study, ratings)[0].seconds == 5
    assert rater_facts(study, ratings[:1])[0].seconds is None


def test_ratings_find_their_places(invented):
    study = invented({"Set5": (2, ("a", "b", "c")), "BSD100": (1, ("c", "a"))}, ("a", "b", "c"))
    ratings = [
        Rating(4, 0, "example-0-1", 1, 0.0),
        Rating(4, 1, "Set5-0-b", 2, 0.0),
        Rating(7, 1, "Set5-1-c", 5, 0.0),
        Rating(7, 2, "BSD100-0-a", 4, 0.0),
        Rating(9, 2, "BSD100-0-a", 1, 0.0),
    ]
    set5, bsd100 = scores_by_data_set(study, ratings, [4, 7])
    assert (set5.data_set, set5.methods, set5.images) == ("Set5", ("a", "b", "c"), ("image0", "image1"))
    assert (bsd100.methods, bsd100.raters) == (("a", "c"), (4, 7))
    expected = np.full((2, 2, 3), np.nan)
    expected[0, 0, 1], expected[1, 1, 2] = 2, 5
    np.testing.assert_array_equal(set5.values, expected)
    np.testing.assert_array_equal(bsd100.values, [[[np.nan, np.nan]], [[4, np.nan]]])
    assert (set5.count, bsd100.count) == (2, 1)
