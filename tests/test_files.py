import pytest

from srgan_tf.files import replacing, write_text


def test_a_file_appears_when_the_block_ends_well(tmp_path):
    path = tmp_path / "new" / "a.txt"
    with replacing(path) as beside:
        assert beside.suffix == ".txt"
        beside.write_text("first")
        assert not path.exists()
    assert path.read_text() == "first"
    write_text(path, "second")
    assert path.read_text() == "second"
    assert [p.name for p in path.parent.iterdir()] == ["a.txt"]


def test_an_error_leaves_what_was_there(tmp_path):
    path = tmp_path / "a.txt"
    write_text(path, "before")

    def fail_half_way():
        with replacing(path) as beside:
            beside.write_text("half")
            raise RuntimeError("half")

    with pytest.raises(RuntimeError, match="half"):
        fail_half_way()
    assert path.read_text() == "before"
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def test_a_directory_takes_the_place_of_another(tmp_path):
    path = tmp_path / "d"
    for content in ("one", "two"):
        with replacing(path) as beside:
            beside.mkdir()
            (beside / content).write_text(content)
    assert [p.name for p in path.iterdir()] == ["two"]
    assert [p.name for p in tmp_path.iterdir()] == ["d"]
