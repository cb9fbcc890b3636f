from pathlib import Path

import pytest

from srgan_tf.errors import UsageError
from srgan_tf.inference.plan import STDIN, STDOUT, Job, existing, plan


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
    (job,) = plan([root / "in/a.b.jpg"], output and str(root / output), "_x4", kind)
    assert job.target == root / target


def test_an_image_is_never_its_own_result(folder):
    root = folder("a.png")
    with pytest.raises(UsageError, match="would take the place of"):
        plan([root / "a.png"], None, "", "png")
    with pytest.raises(UsageError, match="would take the place of"):
        plan([root / "a.png"], f"{root}/sub/../a.png", "_x4", None)
    (root / "link.png").symlink_to(root / "a.png")
    with pytest.raises(UsageError, match="would take the place of"):
        plan([root / "a.png"], f"{root}/link.png", "_x4", None, overwrite=True)


@pytest.mark.parametrize("overwrite", [False, True])
def test_several_files_are_all_inputs(folder, overwrite):
    root = folder("a.jpg", "b.png", "c.jpg")
    jobs = plan([root / "a.jpg", root / "b.png"], None, "_x4", None, overwrite)
    assert names(jobs, root, root) == {"a.jpg": "a_x4.png", "b.png": "b_x4.png"}
    jobs = plan([root / "a.jpg", root / "b.png", root / "c.jpg"], f"{root}/out", "_x4", "webp", overwrite)
    assert [job.target.name for job in jobs] == ["a_x4.webp", "b_x4.webp", "c_x4.webp"]


def test_files_and_folders_mixed_each_image_once(folder):
    root = folder("a.jpg", "in/b.jpg", "in/deep/c.jpg")
    jobs = plan([root / "a.jpg", root / "in", root / "in/b.jpg"], f"{root}/out", "_x4", None)
    places = {job.source.name: job.target.relative_to(root / "out").as_posix() for job in jobs}
    assert places == {"a.jpg": "a_x4.png", "c.jpg": "deep/c_x4.png", "b.jpg": "b_x4.png"}


def test_a_pattern_that_matches_the_results_too_goes_on(folder):
    root = folder("a.png", "a_x4.png", "b.png")
    paths = [root / name for name in ("a.png", "a_x4.png", "b.png")]
    assert names(plan(paths, None, "_x4", None), root, root) == {"a.png": "a_x4.png", "b.png": "b_x4.png"}
    with pytest.raises(UsageError, match=r"a\.png: its result would take the place of .*a_x4\.png"):
        plan(paths, None, "_x4", None, overwrite=True)


def test_one_place_for_several_is_refused(folder):
    root = folder("a.jpg", "b.jpg", "in/c.jpg")
    for paths in ([root / "a.jpg", root / "b.jpg"], [root / "in"]):
        for output in (f"{root}/d.png", "-"):
            with pytest.raises(UsageError, match="one file; several images or a folder need a folder there"):
                plan(paths, output, "_x4", None)


def test_standard_input_and_output(folder):
    root = folder("a.jpg")
    paths = existing(["-"])
    assert paths == [STDIN]
    assert plan(paths, None, "_x4", None) == [Job(STDIN, STDOUT, "png")]
    assert plan([root / "a.jpg"], "-", "_x4", "webp") == [Job(root / "a.jpg", STDOUT, "webp")]
    assert plan([STDIN], f"{root}/b.jpg", "_x4", None)[0].target == root / "b.jpg"
    with pytest.raises(UsageError, match="-: give --output=DIR"):
        plan([STDIN, root / "a.jpg"], None, "_x4", None)


def test_an_output_among_the_inputs_is_named(folder):
    root = folder("in/a.jpg", "out/a_x4.png")
    with pytest.raises(UsageError, match=r"new: no such image or folder; results go to --output=.*new"):
        existing([f"{root}/in", f"{root}/new"])
    with pytest.raises(UsageError, match=r"out: holds results of .*in; if more shall go there, --output="):
        plan([root / "in", root / "out"], None, "_x4", None)
    (root / "empty").mkdir()
    with pytest.raises(UsageError, match=r"no image in .*empty: .*if results shall go there, --output="):
        plan([root / "in", root / "empty"], None, "_x4", None)


def test_an_address_is_shown_as_it_was_given():
    with pytest.raises(UsageError, match=r"^https://example\.com/a\.jpg: an address"):
        existing(["https://example.com/a.jpg"])


@pytest.mark.parametrize(("output", "kind"), [("b.tif", None), ("b.gif", None), ("b.png", "jpg")])
def test_endings_must_be_of_a_format_that_is_written(output, kind):
    with pytest.raises(UsageError, match=rf"{output}: cannot write .*; end it in \.(png|jpg)"):
        plan([Path("a.jpg")], output, "_x4", kind)


def test_a_tree(folder):
    root = folder("in/a.jpg", "in/sub/deep/b.PNG", "in/notes.txt", "in/.hidden.png", "in/.cache/c.png")
    jobs = plan([root / "in"], str(root / "out"), "_big", "webp")
    expected = {"a.jpg": "a_big.webp", "sub/deep/b.PNG": "sub/deep/b_big.webp"}
    assert names(jobs, root / "in", root / "out") == expected


def test_the_same_name_twice(folder):
    root = folder("a.jpg", "a.png", "B.jpg", "b.tif", "sub/a.jpg")
    jobs = names(plan([root], str(root / "out"), "_x4", "png"), root, root / "out")
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
        plan([root], str(root / "out"), "_x4", "png")


def test_results_beside_their_images_are_no_images(folder):
    root = folder("a.jpg", "a_x4.png", "sub/b.jpg", "sub/b.png", "sub/b_jpg_x4.png", "other_x4.png")
    jobs = names(plan([root], None, "_x4", "png"), root, root)
    assert sorted(jobs) == ["a.jpg", "other_x4.png", "sub/b.jpg", "sub/b.png"]
    assert jobs["sub/b.jpg"] == "sub/b_jpg_x4.png"


def test_an_output_folder_inside_is_not_read(folder):
    root = folder("a.jpg", "out/a_x4.png", "out/z.png")
    assert names(plan([root], str(root / "out"), "_x4", "png"), root, root / "out") == {"a.jpg": "a_x4.png"}


def test_no_result_takes_a_images_place(folder):
    root = folder("a.png", "b.jpg")
    with pytest.raises(UsageError, match=r"a\.png: its result would take the place of .*; give --suffix"):
        plan([root], None, "", "png")


def test_folders_that_cannot_work(folder):
    root = folder("in/notes.txt", "file")
    with pytest.raises(UsageError, match=r"no image in .*in: expected files ending in \.avif"):
        plan([root / "in"], None, "_x4", "png")
    with pytest.raises(UsageError, match=r"file: a file that is no image"):
        plan([root / "in"], str(root / "file"), "_x4", "png")
