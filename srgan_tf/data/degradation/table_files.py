"""Tables by name, and those of one's own: JSON files, read, checked and written."""

import dataclasses
import json
from pathlib import Path
from typing import Any, get_args, get_type_hints

from srgan_tf.data.degradation.table import BICUBIC, BLURS, RESIZINGS, TABLES, Table, check_name
from srgan_tf.errors import UsageError


def table_named(name: str) -> Table | None:
    """Returns the table of `--degradation`, or None for the paper's bicubic.

    Args:
      name: one of `NAMES`, or a JSON file, PATH.json.

    Raises:
      UsageError: the name is unknown, or the file holds no valid table.
    """
    if name == BICUBIC:
        return None
    if name in TABLES:
        return TABLES[name]
    check_name(name)
    try:
        values = json.loads(Path(name).expanduser().read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise UsageError(f"--degradation={name}: no JSON that can be read: {error}") from error
    table = _read(Table, values, name)
    check(table, name)
    return table


def as_json(table: Table) -> str:
    """Returns a table as the text of a JSON file that `table_named` reads."""
    return json.dumps(dataclasses.asdict(table), indent=2) + "\n"


def check(table: Table, name: str) -> None:
    """Checks that a table makes sense.

    Raises:
      UsageError: a probability outside 0 to 1, probabilities that do not sum to one, a range turned around
        or beyond what its step can do; the value's place in the table is named.
    """
    _probability(table.clean, name, "clean")
    _probability(table.last_sinc, name, "last_sinc")
    _probability(table.jpeg_last, name, "jpeg_last")
    for at, of in (("first", table.first), ("second", table.second)):
        blur, resizing, noise, jpeg = of.blur, of.resizing, of.noise, of.jpeg
        single = {
            "blur.probability": blur.probability,
            "blur.sinc": blur.sinc,
            "noise.probability": noise.probability,
            "noise.gaussian": noise.gaussian,
            "noise.grey": noise.grey,
            "jpeg.probability": jpeg.probability,
        }
        for place, value in single.items():
            _probability(value, name, f"{at}.{place}")
        if len(blur.kinds) != len(BLURS):
            _refuse(name, f"{at}.blur.kinds", list(blur.kinds), f"{len(BLURS)} probabilities")
        _one(blur.kinds, name, f"{at}.blur.kinds")
        _one((resizing.up, resizing.down, resizing.keep), name, f"{at}.resizing: up, down, keep")
        _range(blur.sides, name, f"{at}.blur.sides", 3, 63)
        if not all(side % 2 for side in blur.sides):
            _refuse(name, f"{at}.blur.sides", list(blur.sides), "odd numbers")
        _range(blur.sigma, name, f"{at}.blur.sigma", 0.05, 20)
        _range(blur.generalised, name, f"{at}.blur.generalised", 0.1, 20)
        _range(blur.plateau, name, f"{at}.blur.plateau", 0.1, 20)
        _range(resizing.factor, name, f"{at}.resizing.factor", 0.1, 4)
        _range(noise.sigma, name, f"{at}.noise.sigma", 0, 255)
        _range(noise.poisson, name, f"{at}.noise.poisson", 0, 100)
        _range(jpeg.quality, name, f"{at}.jpeg.quality", 1, 100)
        if resizing.up and resizing.factor[1] <= 1:
            _refuse(name, f"{at}.resizing.factor", list(resizing.factor), "more than 1 at its end, as up has")
        if resizing.down and resizing.factor[0] >= 1:
            _refuse(name, f"{at}.resizing.factor", list(resizing.factor), "less than 1 first, as down has")
        unknown = [method for method in resizing.methods if method not in RESIZINGS]
        if unknown or not resizing.methods:
            _refuse(name, f"{at}.resizing.methods", list(resizing.methods), f"some of {', '.join(RESIZINGS)}")


def _read(kind: Any, values: Any, name: str, place: str = "") -> Any:
    """Returns what nested JSON values describe: a dataclass, a tuple or a number."""
    if dataclasses.is_dataclass(kind):
        hints = get_type_hints(kind)
        at = place or "the file"
        if not isinstance(values, dict):
            _refuse(name, at, values, f"an object with {', '.join(hints)}")
        for key in values:
            if key not in hints:
                _refuse(name, at, key, f"the names {', '.join(hints)}")
        inside = {key: f"{place}.{key}".lstrip(".") for key in hints}
        for key in hints:
            if key not in values:
                _refuse(name, inside[key], "nothing", "a value")
        return kind(**{key: _read(hints[key], values[key], name, inside[key]) for key in hints})
    if elements := get_args(kind):
        whole = Ellipsis not in elements
        if not isinstance(values, list) or (whole and len(values) != len(elements)):
            _refuse(name, place, values, f"a list of {len(elements)}" if whole else "a list")
        return tuple(_read(elements[0], value, name, place) for value in values)
    allowed = (int, float) if kind is float else kind
    if isinstance(values, bool) or not isinstance(values, allowed):
        _refuse(name, place, values, {float: "a number", int: "a whole number", str: "a name"}[kind])
    return kind(values)


def _probability(value: float, name: str, place: str) -> None:
    if not 0 <= value <= 1:
        _refuse(name, place, value, "a probability, 0 to 1")


def _one(values: tuple[float, ...], name: str, place: str) -> None:
    for value in values:
        _probability(value, name, place)
    if abs(sum(values) - 1) > 1e-6:
        _refuse(name, place, f"a sum of {sum(values):g}", "probabilities that sum to 1")


def _range(values: tuple[float, float], name: str, place: str, lowest: float, highest: float) -> None:
    if not lowest <= values[0] <= values[1] <= highest:
        wanted = f"two numbers that rise, between {lowest:g} and {highest:g}"
        _refuse(name, place, list(values), wanted)


def _refuse(name: str, place: str, found: Any, wanted: str) -> None:
    raise UsageError(
        f"--degradation={name}: {place}: found {' '.join(str(found).split())}, expected {wanted}"
    )
