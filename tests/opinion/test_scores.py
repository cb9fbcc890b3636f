import numpy as np

from srgan_tf.opinion.scores import scores_by_data_set
from srgan_tf.opinion.store import Rating


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
