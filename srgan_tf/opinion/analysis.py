"""Ratings -> all that a report says."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from srgan_tf.errors import WorkError
from srgan_tf.opinion.raters import RaterFacts, kept, rater_facts
from srgan_tf.opinion.scores import Scores, scores_by_data_set
from srgan_tf.opinion.statistics import Pair, compare
from srgan_tf.opinion.store import Rating, read_ratings
from srgan_tf.opinion.study import Study, load_study

Pairs = dict[tuple[str, str], Pair]


@dataclass(frozen=True, eq=False)
class Analysis:
    """What raters think.

    Attributes:
      study: what was rated.
      ratings: all of them.
      raters: everyone who has rated something.
      count: numbers of the raters who count.
      tables: their scores, for each data set that has any.
      pairs: for each of these data sets every method against every other, by their names.
    """

    study: Study
    ratings: Sequence[Rating]
    raters: Sequence[RaterFacts]
    count: Sequence[int]
    tables: Sequence[Scores]
    pairs: dict[str, Pairs]


def analyse(root: Path, exclude: Sequence[str] = ()) -> Analysis:
    """Reads a study and works everything out.

    Args:
      root: the study's directory.
      exclude: which raters do not count: findings of `raters.FINDINGS`, or numbers.

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
            "none is left once raters are excluded" if raters and exclude else "no picture has been rated yet"
        )
        raise WorkError(f"{root}: no ratings to report, {reason}")
    return Analysis(study, ratings, raters, count, tables, {t.data_set: compare_all(t) for t in tables})


def compare_all(table: Scores) -> Pairs:
    """Every method of a data set against every other, by their names."""
    indices = itertools.combinations(range(len(table.methods)), 2)
    return {(table.methods[a], table.methods[b]): compare(table.values, a, b) for a, b in indices}
