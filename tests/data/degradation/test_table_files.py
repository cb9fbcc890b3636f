"""Tables as JSON files: there and back, and what is refused in one line."""

import dataclasses
import json

import pytest

from srgan_tf.data.degradation.table import BLURS, PHOTO, SECOND_ORDER, TABLES
from srgan_tf.data.degradation.table_files import as_json, check, table_named
from srgan_tf.errors import UsageError

MISSING = object()


def write(path, **changes):
    """Writes the table of photographs with other values, by their place with __ for a dot; gives its name."""
    values = json.loads(as_json(PHOTO))
    for place, value in changes.items():
        *parts, last = place.split("__")
        inside = values
        for part in parts:
            inside = inside[part]
        if value is MISSING:
            del inside[last]
        else:
            inside[last] = value
    path.write_text(json.dumps(values))
    return str(path)


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_there_and_back(tmp_path, table):
    (tmp_path / "mine.json").write_text(as_json(table), encoding="utf-8")
    assert table_named(str(tmp_path / "mine.json")) == table


def test_names():
    assert table_named("bicubic") is None
    assert table_named("photo") == PHOTO
    assert table_named("second-order") == SECOND_ORDER


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_the_programs_own_are_valid(table):
    check(table, "own")
    assert len(table.first.blur.kinds) == len(BLURS)


def test_a_file_may_have_whole_numbers_and_other_ranges(tmp_path):
    name = write(tmp_path / "mine.json", clean=0, first__noise__sigma=[2, 9], second__jpeg__quality=[70, 70])
    expected = dataclasses.replace(
        PHOTO,
        clean=0.0,
        first=dataclasses.replace(
            PHOTO.first, noise=dataclasses.replace(PHOTO.first.noise, sigma=(2.0, 9.0))
        ),
        second=dataclasses.replace(
            PHOTO.second, jpeg=dataclasses.replace(PHOTO.second.jpeg, quality=(70, 70))
        ),
    )
    assert table_named(name) == expected


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"colour": 1}, "the file: found colour, expected the names clean, first, second"),
        ({"first__noise__iso": 1}, "first.noise: found iso, expected the names probability, gaussian"),
        ({"second__jpeg__quality": MISSING}, "second.jpeg.quality: found nothing, expected a value"),
        ({"last_sinc": MISSING}, "last_sinc: found nothing, expected a value"),
        ({"first": 3}, "first: found 3, expected an object with blur, resizing, noise, jpeg"),
        ({"first__noise__sigma": [9, 2]}, "first.noise.sigma: found [9.0, 2.0], expected two numbers that"),
        ({"first__blur__sigma": [0, 2]}, "first.blur.sigma: found [0.0, 2.0], expected two numbers that"),
        ({"second__jpeg__quality": [95, 40]}, "second.jpeg.quality: found [95, 40], expected two numbers"),
        ({"second__jpeg__quality": [0, 40]}, "second.jpeg.quality: found [0, 40]"),
        ({"second__jpeg__quality": [40, 101]}, "between 1 and 100"),
        ({"second__jpeg__quality": [40.5, 90]}, "second.jpeg.quality: found 40.5, expected a whole number"),
        ({"second__jpeg__quality": [40]}, "second.jpeg.quality: found [40], expected a list of 2"),
        ({"second__jpeg__quality": 40}, "second.jpeg.quality: found 40, expected a list of 2"),
        ({"first__blur__sides": [7, 14]}, "first.blur.sides: found [7, 14], expected odd numbers"),
        ({"first__blur__sides": [7, 99]}, "first.blur.sides: found [7, 99], expected two numbers that rise"),
        ({"first__blur__kinds": [0.5, 0.5]}, "first.blur.kinds: found [0.5, 0.5], expected 6 probabilities"),
        ({"first__blur__kinds": [0.5, 0.1, 0, 0, 0, 0]}, "first.blur.kinds: found a sum of 0.6, expected"),
        ({"first__blur__kinds": [1.5, -0.5, 0, 0, 0, 0]}, "first.blur.kinds: found 1.5, expected a prob"),
        ({"first__resizing__up": 0.3}, "first.resizing: up, down, keep: found a sum of 1.2, expected"),
        ({"first__resizing__factor": [0.5, 0.9]}, "expected more than 1 at its end, as up has"),
        ({"first__resizing__factor": [1, 1.5]}, "expected less than 1 first, as down has"),
        ({"first__resizing__factor": [0.01, 1.5]}, "expected two numbers that rise, between 0.1 and 4"),
        ({"first__resizing__methods": ["lanczos"]}, "found ['lanczos'], expected some of area, bilinear"),
        ({"first__resizing__methods": []}, "first.resizing.methods: found [], expected some of area"),
        ({"first__resizing__methods": [1]}, "first.resizing.methods: found 1, expected a name"),
        ({"clean": 1.5}, "clean: found 1.5, expected a probability, 0 to 1"),
        ({"jpeg_last": -0.1}, "jpeg_last: found -0.1, expected a probability"),
        ({"second__noise__grey": 2}, "second.noise.grey: found 2.0, expected a probability"),
        ({"clean": float("nan")}, "clean: found nan, expected a probability"),
        ({"first__noise__sigma": [1, float("inf")]}, "first.noise.sigma: found [1.0, inf]"),
        ({"clean": True}, "clean: found True, expected a number"),
        ({"clean": "often"}, "clean: found often, expected a number"),
        ({"clean": "very\noften"}, "clean: found very often, expected a number"),
        ({"clean": None}, "clean: found None, expected a number"),
    ],
)
def test_what_makes_no_table_is_named_with_its_place(tmp_path, changes, message):
    name = write(tmp_path / "mine.json", **changes)
    with pytest.raises(UsageError) as error:
        table_named(name)
    assert str(error.value).startswith(f"--degradation={name}: ")
    assert message in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("text", [b"", b"{", b"\xff\xfe{}", b"clean: 0.2"])
def test_what_is_no_json(tmp_path, text):
    (tmp_path / "mine.json").write_bytes(text)
    with pytest.raises(UsageError, match=r"mine\.json: no JSON that can be read: [^\n]+$"):
        table_named(str(tmp_path / "mine.json"))


def test_json_of_another_form(tmp_path):
    (tmp_path / "mine.json").write_text("[]")
    with pytest.raises(UsageError, match=r"the file: found \[\], expected an object with clean, first"):
        table_named(str(tmp_path / "mine.json"))


def test_a_file_that_is_not_there():
    with pytest.raises(UsageError, match=r"--degradation=absent\.json: no JSON that can be read: .*No such"):
        table_named("absent.json")


@pytest.mark.parametrize("name", ["photos", "", "mine.yaml"])
def test_an_unknown_name(name):
    message = f"--degradation={name}: expected bicubic, photo, second-order or a table, PATH.json"
    with pytest.raises(UsageError) as error:
        table_named(name)
    assert str(error.value) == message
