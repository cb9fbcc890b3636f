"""`python -m tools.rater_rule`: how often the opinion test's rule accuses honest and random raters.

Prints the table in docs/opinion.md, in some minutes.
"""

from collections.abc import Sequence

import numpy as np

from srgan_tf.markdown import markdown_table
from srgan_tf.opinion.statistics import RANDOM_P, agreements

# Mean opinion scores on Set14 and BSD100 as published (Ledig et al., Tables 1 and 2): of nine methods from
# nearest neighbour to the original, and of methods that are hard to tell apart.
STUDIES = {
    "nine methods of the paper": (1.20, 1.80, 2.26, 2.34, 2.84, 2.52, 2.98, 3.72, 4.32),
    "six alike": (2.84, 2.98, 3.15, 3.43, 3.57, 3.72),
}
COUNTS = (10, 20, 50, 100, 1000)
HONEST = 10
NOISE = (0.6, 0.9, 1.2)  # standard deviations of careful, usual and careless raters' scores
IMAGE = 0.4  # that of the images
BIAS = 0.4  # that of the raters' means


def simulate(means: Sequence[float], count: int, studies: int, seed: int = 0) -> np.ndarray:
    """Simulates studies of ten honest and two random raters, and judges all of them.

    An honest rater gives the method's mean opinion, plus normal deviations of the image, of the rater and of
    each rating, rounded to 1 to 5. One random rater gives each score equally often, the other mostly 3.

    Args:
      means: the methods' mean opinion scores.
      count: images that each rater rates.
      studies: how many are simulated.
      seed: of the random numbers.

    Returns:
      float64 (3,): the share of honest raters that the rule takes for random, that of random raters, and the
      share of honest raters that the test against random scores alone would take for random.
    """
    rng = np.random.default_rng(seed)
    shares = np.zeros(3)
    for _ in range(studies):
        truth = np.array(means)[rng.integers(0, len(means), count)] + rng.normal(0, IMAGE, count)
        bias, noise = rng.normal(0, BIAS, (HONEST, 1)), rng.choice(NOISE, (HONEST, 1))
        honest = truth + bias + noise * rng.normal(size=(HONEST, count))
        random = np.stack([rng.integers(1, 6, count), rng.normal(3, 0.8, count)])
        scores = np.clip(np.rint(np.concatenate([honest, random])), 1, 5)
        judged = agreements(scores)
        found = [agreement.random for agreement in judged]
        alone = [agreement.p >= RANDOM_P for agreement in judged[:HONEST]]
        shares += np.mean(found[:HONEST]), np.mean(found[HONEST:]), np.mean(alone)
    return shares / studies


def main() -> None:
    """Prints the table."""
    header = ("study", "ratings", "honest accused", "random found", "honest accused by the first test alone")
    rows = []
    for study, means in STUDIES.items():
        for count in COUNTS:
            shares = simulate(means, count, studies=2000 if count < 1000 else 300)
            rows.append((study, count, *(f"{share:.1%}" for share in shares)))
    print(markdown_table(header, rows))


if __name__ == "__main__":
    main()
