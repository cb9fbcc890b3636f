"""The ratings, in SQLite: none is lost once it is acknowledged, and none counts twice.

The database is in WAL mode with `synchronous=FULL`, so that a commit has reached the disk when it returns
(https://www.sqlite.org/pragma.html#pragma_synchronous). A rating is added, or taken back, only if the
rater is still at the position the request was made for: one statement both checks and writes.
"""

import hashlib
import secrets
import sqlite3
import threading
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

SCHEMA = """
CREATE TABLE IF NOT EXISTS raters (
    number INTEGER PRIMARY KEY,
    token_hash BLOB NOT NULL UNIQUE,
    seed BLOB NOT NULL,
    undos INTEGER NOT NULL DEFAULT 0,
    joined_at REAL NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS ratings (
    rater INTEGER NOT NULL REFERENCES raters (number),
    position INTEGER NOT NULL,
    picture TEXT NOT NULL,
    score INTEGER NOT NULL CHECK (score BETWEEN 1 AND 5),
    rated_at REAL NOT NULL,
    PRIMARY KEY (rater, position),
    UNIQUE (rater, picture)
) STRICT, WITHOUT ROWID;
"""


@dataclass(frozen=True)
class Rater:
    """A rater and the position that the rater has reached.

    Attributes:
      number: 1, 2, ... in the order of joining; known to the study alone.
      seed: 32 secret bytes, from which the rater's order and addresses follow.
      rated: how many images have been rated; the next one's position.
      undos: how many ratings have been taken back so far.
    """

    number: int
    seed: bytes
    rated: int
    undos: int


class Rating(NamedTuple):
    """One rating.

    Attributes:
      rater: the rater's number.
      position: of the image in the rater's order, from 0.
      version: the id of the version that was rated.
      score: 1 (bad) to 5 (excellent).
      rated_at: seconds since 1970, UTC.
    """

    rater: int
    position: int
    version: str
    score: int
    rated_at: float


class Store:
    """The database of one study; safe to use from several threads.

    Args:
      path: the database file, made if it is missing.
    """

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(
            path, timeout=30, isolation_level="IMMEDIATE", check_same_thread=False
        )
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=FULL")
        self._connection.execute("PRAGMA foreign_keys=ON")
        self._connection.executescript(SCHEMA)

    def close(self) -> None:
        """Closes the database."""
        with self._lock:
            self._connection.close()

    def join(self) -> str:
        """Adds a rater.

        Returns:
          The token that opens this rater's session: 192 random bits, of which only a hash is kept.
        """
        token = secrets.token_urlsafe(24)
        with self._lock, self._connection:
            self._connection.execute(
                "INSERT INTO raters (token_hash, seed, joined_at) VALUES (?, ?, ?)",
                (_hash(token), secrets.token_bytes(32), time.time()),
            )
        return token

    def rater(self, token: str) -> Rater | None:
        """Returns the rater of a token, or None if there is none."""
        found = self._select(
            "SELECT number, seed, (SELECT count(*) FROM ratings WHERE rater = number), undos "
            "FROM raters WHERE token_hash = ?",
            _hash(token),
        )
        return Rater(*found[0]) if found else None

    def rate(self, rater: Rater, version: str, score: int) -> bool:
        """Adds a rating at the rater's position.

        Args:
          rater: as read before; if the rater has moved on since, nothing is added.
          version: the id of the version shown at that position.
          score: 1 to 5.

        Returns:
          True once the rating is on disk, False if the rater has moved on.
        """
        with self._lock, self._connection:
            added = self._connection.execute(
                "INSERT INTO ratings SELECT number, :rated, :picture, :score, :now FROM raters "
                "WHERE number = :number AND undos = :undos "
                "AND (SELECT count(*) FROM ratings WHERE rater = number) = :rated",
                {**_place(rater), "picture": version, "score": score, "now": time.time()},
            )
        return added.rowcount == 1

    def undo(self, rater: Rater) -> bool:
        """Takes the rater's last rating back.

        Args:
          rater: as read before; if the rater has moved on since, nothing happens.

        Returns:
          True once that is on disk, False if the rater has moved on or has rated nothing.
        """
        with self._lock, self._connection:
            moved = self._connection.execute(
                "UPDATE raters SET undos = undos + 1 WHERE number = :number AND undos = :undos "
                "AND :rated > 0 AND (SELECT count(*) FROM ratings WHERE rater = number) = :rated",
                _place(rater),
            )
            if moved.rowcount == 1:
                self._connection.execute(
                    "DELETE FROM ratings WHERE rater = ? AND position = ?", (rater.number, rater.rated - 1)
                )
        return moved.rowcount == 1

    def latest_times(self, rater: Rater, count: int) -> list[float]:
        """Returns the times of the rater's last ratings, newest first, in seconds since 1970."""
        query = "SELECT rated_at FROM ratings WHERE rater = ? ORDER BY position DESC LIMIT ?"
        return [when for (when,) in self._select(query, rater.number, count)]

    def _select(self, query: str, *values: object) -> list[tuple]:
        with self._lock, closing(self._connection.execute(query, values)) as found:
            return found.fetchall()


def read_ratings(path: Path) -> Sequence[Rating]:
    """Returns all ratings of a study, by rater and position; raters may be at work meanwhile.

    Args:
      path: the database file; if it is missing nobody has rated yet.
    """
    if not path.exists():
        return []
    with closing(sqlite3.connect(path, timeout=30)) as connection:
        query = "SELECT rater, position, picture, score, rated_at FROM ratings ORDER BY rater, position"
        return [Rating(*row) for row in connection.execute(query)]


def _place(rater: Rater) -> dict[str, int]:
    return {"number": rater.number, "rated": rater.rated, "undos": rater.undos}


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
