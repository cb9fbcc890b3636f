import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from srgan_tf.opinion.store import Store, read_ratings


@pytest.fixture
def database(tmp_path):
    store = Store(tmp_path / "ratings.sqlite3")
    yield store
    store.close()


def test_commits_reach_the_disk(database):
    # 2 is FULL: https://www.sqlite.org/pragma.html#pragma_synchronous
    assert database._select("PRAGMA journal_mode") == [("wal",)]
    assert database._select("PRAGMA synchronous") == [(2,)]


def test_tokens_are_long_random_and_not_kept(database, tmp_path):
    tokens = [database.join() for _ in range(20)]
    assert len(set(tokens)) == 20
    assert {len(token) for token in tokens} == {32}  # of 64 characters each: 192 bits
    database.close()
    content = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert not any(token.encode() in content for token in tokens)


def test_rating_and_undo(database, tmp_path):
    token = database.join()
    start = database.rater(token)
    assert (start.rated, start.undos) == (0, 0)
    assert database.rate(start, "a", 4)
    assert database.rate(database.rater(token), "b", 2)
    assert database.undo(database.rater(token))
    assert database.rate(database.rater(token), "b", 5)
    end = database.rater(token)
    assert (end.rated, end.undos) == (2, 1)
    ratings = read_ratings(tmp_path / "ratings.sqlite3")
    assert [(r.rater, r.position, r.version, r.score) for r in ratings] == [(1, 0, "a", 4), (1, 1, "b", 5)]


def test_a_rater_who_moved_on_changes_nothing(database):
    token = database.join()
    start = database.rater(token)
    assert database.rate(start, "a", 4)
    assert not database.rate(start, "a", 4)
    assert not database.rate(start, "a", 1)
    after = database.rater(token)
    assert database.undo(after)
    assert not database.undo(after)
    assert not database.rate(start, "a", 4)  # as it was before the undo
    assert database.rater(token).rated == 0


def test_nothing_to_undo(database):
    assert not database.undo(database.rater(database.join()))


def test_raters_do_not_meet(database):
    one, other = database.join(), database.join()
    assert database.rate(database.rater(one), "a", 4)
    assert database.rater(other).rated == 0
    assert not database.undo(database.rater(other))
    assert database.rater("unknown") is None


def test_one_of_many_requests_at_once_counts(database, tmp_path):
    rater = database.rater(database.join())
    with ThreadPoolExecutor(16) as pool:
        counted = list(pool.map(lambda score: database.rate(rater, "a", score), [1, 2, 3, 4, 5] * 20))
    assert sum(counted) == 1
    assert len(read_ratings(tmp_path / "ratings.sqlite3")) == 1


def test_a_second_process_sees_the_same_rules(database, tmp_path):
    other = Store(tmp_path / "ratings.sqlite3")
    token = database.join()
    rater = other.rater(token)
    assert database.rate(rater, "a", 3)
    assert not other.rate(rater, "a", 3)
    other.close()


def test_the_schema_itself_refuses(database, tmp_path):
    number = database.rater(database.join()).number
    with closing(sqlite3.connect(tmp_path / "ratings.sqlite3")) as connection:
        connection.execute("INSERT INTO ratings VALUES (?, 0, 'a', 3, 0.0)", (number,))
        for row in [(number, 0, "b", 3, 0.0), (number, 1, "a", 3, 0.0), (number, 1, "b", 6, 0.0)]:
            with pytest.raises(sqlite3.IntegrityError):
                connection.execute("INSERT INTO ratings VALUES (?, ?, ?, ?, ?)", row)


def test_nobody_yet(tmp_path):
    assert read_ratings(tmp_path / "ratings.sqlite3") == []
