from pathlib import Path

import pytest

from srgan_tf.errors import UsageError
from srgan_tf.inference.plan import plan_file, plan_folder


@pytest.fixture
def folder(tmp_path):
    """Makes files by name; their contents do not matter to a plan."""

    def make(*names):
        for name in names:
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text("")
        return tmp_path

    return make


def names(jobs, source, output):
    return {
        job.source.relative_to(source).as_posix(): job.target.relative_to(output).as_posix() for job in jobs
    }


@pytest.mark.parametrize(
    ("output", "kind", "target"),
    [
        (None, None, "in/a.b_x4.png"),
        (None, "webp", "in/a.b_x4.webp"),
        ("out", None, "out/a.b_x4.png"),
        ("out/c.jpg", None, "out/c.jpg"),
        ("out/c.JPEG", "jpg", "out/c.JPEG"),
        ("in", "jpg", "in/a.b_x4.jpg"),
        ("v1.5", None, "v1.5/a.b_x4.png"),
    ],
)
def test_one_file(folder, output, kind, target):
    root = folder("in/a.b.jpg")
    job = plan_file(root / "in/a.b.jpg", output and root / output, "_x4", kind)
    assert job.target == root / target


def test_one_file_is_never_its_own_result(folder):
    root = folder("a.png")
    with pytest.raises(UsageError, match="would take the place of"):
        plan_file(root / "a.png", None, "", "png")
    with pytest.raises(UsageError, match="would take the place of"):
        plan_file(root / "a.png", root / "sub" / ".." / "a.png", "_x4", None)


@pytest.mark.parametrize(("output", "kind"), [("b.tif", None), ("b.gif", None), ("b.png", "jpg")])
def test_endings_must_be_of_a_format_that_is_written(output, kind):
    with pytest.raises(UsageError, match=rf"{output}: cannot write .*; end it in \.(png|jpg)"):
        plan_file(Path("a.jpg"), Path(output), "_x4", kind)


def test_a_tree(folder):
    root = folder("in/a.jpg", "in/sub/deep/b.PNG", "in/notes.txt", "in/.hidden.png", "in/.cache/c.png")
    jobs = plan_folder(root / "in", root / "out", "_big", "webp")
    expected = {"a.jpg": "a_big.webp", "sub/deep/b.PNG": "sub/deep/b_big.webp"}
    assert names(jobs, root / "in", root / "out") == expected


def test_the_same_name_twice(folder):
    root = folder("a.jpg", "a.png", "B.jpg", "b.tif", "sub/a.jpg")
    jobs = names(plan_folder(root, root / "out", "_x4", "png"), root, root / "out")
    assert jobs == {
        "a.jpg": "a_jpg_x4.png",
        "a.png": "a_png_x4.png",
        "B.jpg": "B_jpg_x4.png",
        "b.tif": "b_tif_x4.png",
        "sub/a.jpg": "sub/a_x4.png",
    }


def test_names_that_collide_all_the_same_are_refused(folder):
    root = folder("a.jpg", "a.png", "a_jpg.bmp")
    with pytest.raises(UsageError, match=r"both results would be .*a_jpg_x4\.png; rename one"):
        plan_folder(root, root / "out", "_x4", "png")


def test_results_beside_their_pictures_are_no_pictures(folder):
    root = folder("a.jpg", "a_x4.png", "sub/b.jpg", "sub/b.png", "sub/b_jpg_x4.png", "other_x4.png")
    jobs = names(plan_folder(root, None, "_x4", "png"), root, root)
    assert sorted(jobs) == ["a.jpg", "other_x4.png", "sub/b.jpg", "sub/b.png"]
    assert jobs["sub/b.jpg"] == "sub/b_jpg_x4.png"


def test_an_output_folder_inside_is_not_read(folder):
    root = folder("a.jpg", "out/a_x4.png", "out/z.png")
    assert names(plan_folder(root, root / "out", "_x4", "png"), root, root / "out") == {"a.jpg": "a_x4.png"}


def test_no_result_takes_a_pictures_place(folder):
    root = folder("a.png", "b.jpg")
    with pytest.raises(UsageError, match=r"a\.png: its result would take the place of .*; give --suffix"):
        plan_folder(root, None, "", "png")


def test_folders_that_cannot_work(folder):
    root = folder("in/notes.txt", "file")
    with pytest.raises(UsageError, match=r"no image in .*in: expected files ending in \.bmp"):
        plan_folder(root / "in", None, "_x4", "png")
    with pytest.raises(UsageError, match=r"file: a file; .* is a folder"):
        plan_folder(root / "in", root / "file", "_x4", "png")
