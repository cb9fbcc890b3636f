"""Ratings as arrays: raters x images x methods for each data set."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from srgan_tf.opinion.store import Rating
from srgan_tf.opinion.study import Study


@dataclass(frozen=True, eq=False)
class Scores:
    """The ratings of one data set.

    Attributes:
      data_set: its name.
      raters: numbers of the raters, in the order of the first axis.
      images: names, in the order of the second axis.
      methods: names, in the order of the third axis.
      values: float64 (raters, images, methods), 1 to 5; NaN where a rater has not rated a picture (yet).
    """

    data_set: str
    raters: tuple[int, ...]
    images: tuple[str, ...]
    methods: tuple[str, ...]
    values: np.ndarray

    @property
    def count(self) -> int:
        """How many ratings there are."""
        return int(np.isfinite(self.values).sum())


def scores_by_data_set(study: Study, ratings: Sequence[Rating], raters: Sequence[int]) -> list[Scores]:
    """Sorts ratings of the test into arrays; those of calibration pictures are left out.

    Args:
      study: what was rated.
      ratings: of any raters.
      raters: the numbers of those who count.

    Returns:
      Scores for each data set, in the study's order.
    """
    tables = {}
    for data_set in study.data_sets:
        inside = [p for p in study.pictures if p.data_set == data_set]
        images = tuple(dict.fromkeys(p.image for p in inside))
        shown = {p.method for p in inside}
        methods = tuple(m for m in study.methods if m in shown)
        values = np.full((len(raters), len(images), len(methods)), np.nan)
        tables[data_set] = Scores(data_set, tuple(raters), images, methods, values)
    rows = {number: row for row, number in enumerate(raters)}
    places = {}
    for picture in study.pictures:
        table = tables[picture.data_set]
        place = table.images.index(picture.image), table.methods.index(picture.method)
        places[picture.id] = table.values, *place
    for rating in ratings:
        if rating.rater in rows and rating.picture in places:
            values, image, method = places[rating.picture]
            values[rows[rating.rater], image, method] = rating.score
    return list(tables.values())
