"""The rooms of the package know one another only as the plan allows."""

import ast
from pathlib import Path

import pytest

import srgan_tf

PACKAGE = Path(srgan_tf.__file__).parent
ROOMS = {path.name for path in PACKAGE.iterdir() if (path / "__init__.py").is_file()}


def rooms_known_to(room):
    """Returns the rooms that modules of a room import, itself left out."""
    known = set()
    for file in (PACKAGE / room).rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            known |= {name.split(".")[1] for name in names if name.startswith("srgan_tf.")}
    return (known & ROOMS) - {room}


@pytest.mark.parametrize("room", ["images", "models", "metrics", "data"])
def test_a_foundation_knows_at_most_how_to_read_images(room):
    assert rooms_known_to(room) <= {"images"}


def test_models_know_no_room():
    assert rooms_known_to("models") == set()


@pytest.mark.parametrize("room", sorted(ROOMS - {"cluster"}))
def test_no_room_knows_the_cluster(room):
    assert "cluster" not in rooms_known_to(room)


def test_the_cluster_knows_what_the_front_doors_start():
    assert rooms_known_to("cluster") <= {"commands", "data", "images", "inference", "models", "training"}


def test_the_check_sees_imports():
    assert "models" in rooms_known_to("training")
