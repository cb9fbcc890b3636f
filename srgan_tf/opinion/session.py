"""One rater's session: the order of the images, the key of each one, and the progress."""

import functools
import hashlib
import hmac
import itertools
import statistics
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass

from srgan_tf.opinion.store import Rater, Store
from srgan_tf.opinion.study import Study, Version

USUAL_SECONDS = 5.0  # an image takes about this long, until the rater's own pace is known
PAUSE_SECONDS = 60.0  # a longer time between two ratings is a pause, not a pace
PACE_OVER = 30  # ratings


@dataclass(frozen=True)
class Shown:
    """An image as the browser knows it.

    Attributes:
      key: its address for this rater at this moment; a request that names it can only mean this showing.
      version: the version of an image that is shown.
    """

    key: str
    version: Version


def versions_of(study: Study, rater: Rater) -> tuple[Version, ...]:
    """Returns the images in the rater's order: calibration first, then the test, each shuffled."""
    return _shuffled(study, rater.seed)


def shown(study: Study, rater: Rater, ahead: int = 0) -> Shown | None:
    """Returns the image that the rater is at, or one further on.

    Args:
      study: the study.
      rater: where the rater is.
      ahead: how many images further on.

    Returns:
      None beyond the last image.
    """
    position = rater.rated + ahead
    versions = versions_of(study, rater)
    if position >= len(versions):
        return None
    # The undos are part of the key: once a rating was taken back, a late copy of its request means nothing.
    place = f"{position}/{rater.undos}".encode()
    digest = hmac.digest(rater.seed, place, "sha256")
    return Shown(urlsafe_b64encode(digest[:18]).decode(), versions[position])


def rate(study: Study, store: Store, rater: Rater, key: str, score: int) -> bool:
    """Rates the image shown under a key.

    Args:
      study: the study.
      store: its database.
      rater: where the rater is.
      key: what the page showed; if the rater is elsewhere by now, nothing happens.
      score: 1 to 5.

    Returns:
      True once the rating is on disk.
    """
    now = shown(study, rater)
    return now is not None and _same(now.key, key) and store.rate(rater, now.version.id, score)


def undo(study: Study, store: Store, rater: Rater, key: str) -> bool:
    """Goes back to the image before the one shown under a key; its rating is taken back.

    Args:
      study: the study.
      store: its database.
      rater: where the rater is.
      key: what the page showed, "" at the end; if the rater is elsewhere by now, nothing happens.

    Returns:
      True once that is on disk.
    """
    now = shown(study, rater)
    return _same(now.key if now else "", key) and store.undo(rater)


def find(study: Study, rater: Rater, key: str) -> Version | None:
    """Returns the image under a key: the one that the rater is at, the next one, or None."""
    for ahead in (0, 1):
        candidate = shown(study, rater, ahead)
        if candidate and _same(candidate.key, key):
            return candidate.version
    return None


def state(study: Study, store: Store, rater: Rater) -> dict:
    """Returns the state of the page, ready for JSON; nothing in it depends on a method.

    Returns:
      `rated` and `total` images, how many of them are `examples`, `secondsLeft`, the study's `largest`
      width and height, and `current` and `next`: key, width, height and answer of an image, or None.
    """
    total = len(study.examples) + len(study.versions)
    pace = seconds_per_image(store.latest_times(rater, PACE_OVER + 1)) or USUAL_SECONDS
    return {
        "rated": rater.rated,
        "total": total,
        "examples": len(study.examples),
        "secondsLeft": round(pace * (total - rater.rated)),
        "largest": study.largest,
        "current": _described(shown(study, rater)),
        "next": _described(shown(study, rater, 1)),
    }


def seconds_per_image(times: Sequence[float]) -> float | None:
    """Returns the median time from rating to rating without pauses; None if there is none.

    Args:
      times: seconds, newest first.
    """
    gaps = [later - earlier for later, earlier in itertools.pairwise(times)]
    return statistics.median(paced) if (paced := [g for g in gaps if 0 < g < PAUSE_SECONDS]) else None


@functools.lru_cache(maxsize=256)
def _shuffled(study: Study, seed: bytes) -> tuple[Version, ...]:
    # Sorting by a hash gives the same order in every version of Python, unlike random.shuffle.
    def by_hash(version: Version) -> bytes:
        return hashlib.sha256(seed + version.id.encode()).digest()

    return (*sorted(study.examples, key=by_hash), *sorted(study.versions, key=by_hash))


def _described(what: Shown | None) -> dict | None:
    if what is None:
        return None
    version = what.version
    return {
        "key": what.key,
        "width": version.width,
        "height": version.height,
        "answer": version.answer,
    }


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())
