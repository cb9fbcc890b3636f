"""A study's ratings as arrays, the raters who count, and everything a report says.

Ratings become `Scores`, one array for each dataset. `rater_facts` judges each rater, and `analyse` compares
the methods by the ratings of those who count.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from srgan_tf.errors import UsageError, WorkError
from srgan_tf.opinion.session import seconds_per_image
from srgan_tf.opinion.statistics import Agreement, Pair, agreements, compare
from srgan_tf.opinion.store import Rating, read_ratings
from srgan_tf.opinion.study import Study, load_study

# The answers were on the screen: whoever presses anything misses 3 in 5 of them by more than 1.
NEAR = 1
LEAST_NEAR = 0.8

FINDINGS = ("calibration", "random", "incomplete")

Pairs = dict[tuple[str, str], Pair]


@dataclass(frozen=True, eq=False)
class Scores:
    """Ratings of one dataset.

    Attributes:
      data_set: its name.
      raters: numbers of the raters, in the order of the first axis.
      images: names, in the order of the second axis.
      methods: names, in the order of the third axis.
      values: float64 (raters, images, methods), 1 to 5; NaN where a rater has not rated an image (yet).
    """

    data_set: str
    raters: tuple[int, ...]
    images: tuple[str, ...]
    methods: tuple[str, ...]
    values: np.ndarray

    @property
    def count(self) -> int:
        """Number of ratings."""
        return int(np.isfinite(self.values).sum())


def scores_by_data_set(study: Study, ratings: Sequence[Rating], raters: Sequence[int]) -> list[Scores]:
    """Returns the ratings of the test as arrays, without those of calibration images.

    Args:
      study: what was rated.
      ratings: of any raters.
      raters: the numbers of those who count.

    Returns:
      Scores for each dataset, in the study's order.
    """
    tables = {}
    for data_set in study.data_sets:
        inside = [v for v in study.versions if v.data_set == data_set]
        images = tuple(dict.fromkeys(v.image for v in inside))
        shown = {v.method for v in inside}
        methods = tuple(m for m in study.methods if m in shown)
        values = np.full((len(raters), len(images), len(methods)), np.nan)
        tables[data_set] = Scores(data_set, tuple(raters), images, methods, values)
    rows = {number: row for row, number in enumerate(raters)}
    places = {}
    for version in study.versions:
        table = tables[version.data_set]
        place = table.images.index(version.image), table.methods.index(version.method)
        places[version.id] = table.values, *place
    for rating in ratings:
        if rating.rater in rows and rating.version in places:
            values, image, method = places[rating.version]
            values[rows[rating.rater], image, method] = rating.score
    return list(tables.values())


@dataclass(frozen=True)
class RaterFacts:
    """Findings about one rater.

    Attributes:
      number: in the order of joining.
      rated: images of the test that were rated.
      seconds: median time for an image, pauses left out; None with fewer than two ratings.
      near: share of the calibration images rated at most `NEAR` off their answer; NaN if none were rated.
      agreement: with the other raters.
      findings: of `FINDINGS`: failed the calibration; rated at random, as far as the other raters can tell;
        has not rated every image.
    """

    number: int
    rated: int
    seconds: float | None
    near: float
    agreement: Agreement
    findings: tuple[str, ...]


def rater_facts(study: Study, ratings: Sequence[Rating]) -> list[RaterFacts]:
    """Returns the findings about everyone who has rated something.

    Args:
      study: what was rated.
      ratings: all of them, sorted by rater and position.

    Returns:
      One for each rater, by number.
    """
    numbers = sorted({r.rater for r in ratings})
    if not numbers:
        return []
    answers = {v.id: v.answer for v in study.examples}
    tables = scores_by_data_set(study, ratings, numbers)
    together = np.concatenate([t.values.reshape(len(numbers), -1) for t in tables], axis=1)
    facts = []
    for index, (number, agreement) in enumerate(zip(numbers, agreements(together), strict=True)):
        own = [r for r in ratings if r.rater == number]
        off = [abs(r.score - answers[r.version]) for r in own if r.version in answers]
        near = float(np.mean([o <= NEAR for o in off])) if off else np.nan
        rated = int(np.isfinite(together[index]).sum())
        findings = []
        if near < LEAST_NEAR:
            findings.append("calibration")
        if agreement.random:
            findings.append("random")
        if rated < len(study.versions):
            findings.append("incomplete")
        seconds = seconds_per_image([r.rated_at for r in reversed(own)])
        facts.append(RaterFacts(number, rated, seconds, near, agreement, tuple(findings)))
    return facts


def kept(facts: Sequence[RaterFacts], exclude: Sequence[str]) -> list[int]:
    """Returns the numbers of the raters who count.

    Args:
      facts: all raters.
      exclude: findings that exclude a rater, and numbers of raters.

    Raises:
      UsageError: something to exclude is neither, or there is no rater of that number.
    """
    known = {str(f.number) for f in facts}
    for item in exclude:
        if item not in FINDINGS and item not in known:
            what = (
                "there is no such rater" if item.isdigit() else f"expected {', '.join(FINDINGS)} or a number"
            )
            raise UsageError(f"--exclude={item}: {what}")
    left_out = set(exclude)
    return [f.number for f in facts if str(f.number) not in left_out and not left_out & set(f.findings)]


@dataclass(frozen=True, eq=False)
class Analysis:
    """All figures of a report.

    Attributes:
      study: what was rated.
      ratings: all of them.
      raters: everyone who has rated something.
      count: numbers of the raters who count.
      tables: their scores, for each dataset that has any.
      pairs: for each of these datasets every method against every other, by their names.
    """

    study: Study
    ratings: Sequence[Rating]
    raters: Sequence[RaterFacts]
    count: Sequence[int]
    tables: Sequence[Scores]
    pairs: dict[str, Pairs]


def analyse(root: Path, exclude: Sequence[str] = ()) -> Analysis:
    """Returns the figures of a study.

    Args:
      root: the study's directory.
      exclude: findings that exclude a rater, of `FINDINGS`, and numbers of raters.

    Raises:
      UsageError: there is no such study, or `exclude` does not fit.
      WorkError: nobody has rated, or nobody counts.
    """
    study = load_study(root)
    ratings = read_ratings(study.ratings)
    raters = rater_facts(study, ratings)
    count = kept(raters, exclude)
    tables = [t for t in scores_by_data_set(study, ratings, count) if t.count]
    if not tables:
        reason = (
            "none is left once raters are excluded" if raters and exclude else "no image has been rated yet"
        )
        raise WorkError(f"{root}: no ratings to report, {reason}")
    return Analysis(study, ratings, raters, count, tables, {t.data_set: compare_all(t) for t in tables})


def compare_all(table: Scores) -> Pairs:
    """Returns the comparison of every method of a dataset with every other, by their names."""
    indices = itertools.combinations(range(len(table.methods)), 2)
    return {(table.methods[a], table.methods[b]): compare(table.values, a, b) for a, b in indices}
