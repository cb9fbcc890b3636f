import random

import pytest

from srgan_tf.errors import UsageError
from srgan_tf.opinion.raters import kept, rater_facts
from srgan_tf.opinion.store import Store, read_ratings

QUALITY = {"nearest": 1, "bicubic": 2, "srgan": 4, "original": 5}


@pytest.fixture
def facts(invented, rate_all):
    """Five careful raters; 6 fails the calibration, 7 presses anything, 8 always 3, 9 stops half way."""
    study = invented({"Set5": (5, QUALITY)}, QUALITY)
    store = Store(study.ratings)
    rng = random.Random(3)

    def careful(picture):
        return picture.answer or min(5, max(1, QUALITY[picture.method] + rng.choice((-1, 0, 0, 0, 1))))

    for _ in range(5):
        rate_all(study, store, careful)
    rate_all(study, store, lambda p: 6 - p.answer if p.answer else careful(p))
    rate_all(study, store, lambda p: p.answer or rng.randint(1, 5))
    rate_all(study, store, lambda p: p.answer or 3)
    rate_all(study, store, careful, limit=4 + 12)
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
    assert facts[0].correlation > 0.8
    assert (facts[7].correlation, facts[7].p) == (0, 1)


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
    from srgan_tf.opinion.store import Rating

    study = invented({"Set5": (4, ("a",))}, ("a",))
    times = [100, 104, 110, 100_000, 100_005]
    ratings = [Rating(1, i, f"Set5-{i % 4}-a", 3, t) for i, t in enumerate(times)]
    assert rater_facts(study, ratings)[0].seconds == 5
    assert rater_facts(study, ratings[:1])[0].seconds is None
