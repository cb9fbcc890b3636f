"""What is known of each rater, and who is better left out."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from srgan_tf.errors import UsageError
from srgan_tf.opinion.scores import scores_by_data_set
from srgan_tf.opinion.session import seconds_per_picture
from srgan_tf.opinion.statistics import agreement
from srgan_tf.opinion.store import Rating
from srgan_tf.opinion.study import Study

# The answers were on the screen: whoever presses anything misses 3 in 5 of them by more than 1.
NEAR = 1
LEAST_NEAR = 0.8
# A rater with no order in common with the others passes once in a hundred times.
AGREEMENT_P = 0.01
FEWEST_TO_JUDGE = 10

FINDINGS = ("calibration", "random", "incomplete")


@dataclass(frozen=True)
class RaterFacts:
    """One rater.

    Attributes:
      number: in the order of joining.
      rated: pictures of the test that were rated.
      seconds: median time for a picture, pauses left out; None with fewer than two ratings.
      near: share of the calibration pictures rated at most `NEAR` off their answer; NaN if none were rated.
      correlation: Spearman's, with the mean of the other raters.
      p: one-sided, of the correlation's being positive.
      findings: of `FINDINGS`: failed the calibration; rated at random, as far as the other raters can tell;
        has not rated every picture.
    """

    number: int
    rated: int
    seconds: float | None
    near: float
    correlation: float
    p: float
    findings: tuple[str, ...]


def rater_facts(study: Study, ratings: Sequence[Rating]) -> list[RaterFacts]:
    """Looks at everyone who has rated something.

    Args:
      study: what was rated.
      ratings: all of them, sorted by rater and position.

    Returns:
      One for each rater, by number.
    """
    numbers = sorted({r.rater for r in ratings})
    if not numbers:
        return []
    answers = {p.id: p.answer for p in study.examples}
    tables = scores_by_data_set(study, ratings, numbers)
    together = np.concatenate([t.values.reshape(len(numbers), -1) for t in tables], axis=1)
    facts = []
    for index, number in enumerate(numbers):
        own = [r for r in ratings if r.rater == number]
        off = [abs(r.score - answers[r.picture]) for r in own if r.picture in answers]
        near = float(np.mean([o <= NEAR for o in off])) if off else np.nan
        rated = int(np.isfinite(together[index]).sum())
        correlation, p = agreement(together, index)
        findings = []
        if near < LEAST_NEAR:
            findings.append("calibration")
        if rated >= FEWEST_TO_JUDGE and p >= AGREEMENT_P:
            findings.append("random")
        if rated < len(study.pictures):
            findings.append("incomplete")
        seconds = seconds_per_picture([r.rated_at for r in reversed(own)])
        facts.append(RaterFacts(number, rated, seconds, near, correlation, p, tuple(findings)))
    return facts


def kept(facts: Sequence[RaterFacts], exclude: Sequence[str]) -> list[int]:
    """The numbers of the raters who count.

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
