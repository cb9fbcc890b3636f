import json
import shutil

import numpy as np
import pytest
from PIL import Image

from srgan_tf.errors import UsageError
from srgan_tf.opinion.__main__ import main
from srgan_tf.opinion.create import create_study, nearest
from srgan_tf.opinion.study import image_path, load_study


def save(path, height, width, seed=0, mode="RGB"):
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    Image.fromarray(pixels).convert(mode).save(path)
    return pixels


def pixels_of(study, version):
    return np.asarray(Image.open(image_path(study.root, version.id)))


def test_study_holds_every_version_as_it_was(study, folders):
    assert len(study.versions) == 12
    assert study.data_sets == ("original",)
    for version in study.versions:
        given = np.asarray(Image.open(folders / version.method / f"{version.image}.png"))
        np.testing.assert_array_equal(pixels_of(study, version), given)
        assert (version.height, version.width) == given.shape[:2]


def test_study_is_read_as_it_was_written(study):
    again = load_study(study.root)
    assert set(json.loads((study.root / "study.json").read_text())) == {
        "format", "title", "methods", "examples", "pictures",
    }  # fmt: skip
    assert again.root == study.root
    assert (again.title, again.methods) == (study.title, study.methods)
    assert (again.examples, again.versions) == (study.examples, study.versions)


def test_calibration_is_the_original_and_nearest_neighbour(study, folders):
    given = np.asarray(Image.open(folders / "calibration" / "cup.png"))
    by_answer = {p.answer: pixels_of(study, p) for p in study.examples}
    np.testing.assert_array_equal(by_answer[5], given)
    np.testing.assert_array_equal(by_answer[1], nearest(given, 4))
    lr = Image.fromarray(given).resize((40, 30), Image.Resampling.BICUBIC)
    np.testing.assert_array_equal(by_answer[1][::4, ::4], np.asarray(lr))


def test_of_many_calibration_images_a_dozen_are_chosen_with_the_seed(tmp_path, main_in_process):
    hr = tmp_path / "hr"
    save(hr / "a.png", 16, 24)
    for i in range(30):
        save(tmp_path / "calibration" / f"{i:02}.png", 16, 24, i + 1)
    chosen = []
    for name, flags in (("a", []), ("b", []), ("c", ["--seed=1"]), ("d", ["--calibration_images=20"])):
        folders = [f"--images={hr}", f"--methods=original={hr}", f"--calibration={tmp_path / 'calibration'}"]
        code, out, _ = main_in_process(main, "create", tmp_path / name, *folders, *flags)
        assert code == 0
        examples = load_study(tmp_path / name).examples
        chosen.append(sorted({version.image for version in examples}))
        assert len(examples) == 2 * len(chosen[-1])
        seed = int(name == "c")
        assert f"calibration: {len(chosen[-1])} of 30 images, chosen with --seed={seed} " in out
        assert ": " + ", ".join(chosen[-1]) in out
    assert [len(each) for each in chosen] == [12, 12, 12, 20]
    assert chosen[0] == chosen[1] != chosen[2]


def test_file_names_and_sizes_are_those_of_no_method(study):
    files = list((study.root / "pictures").iterdir())
    assert {f.stem for f in files} == {p.id for p in study.examples + study.versions}
    by_size = {}
    for p in study.examples + study.versions:
        length = image_path(study.root, p.id).stat().st_size
        by_size.setdefault((p.width, p.height), set()).add(length)
    assert all(len(lengths) == 1 for lengths in by_size.values())


def test_data_sets_and_a_method_that_has_not_all(tmp_path):
    for data_set, names in {"Set5": "ab", "BSD100": "cde"}.items():
        for i, name in enumerate(names):
            save(tmp_path / "hr" / data_set / f"{name}.png", 16, 24, i)
            save(tmp_path / "one" / data_set / f"{name}.jpg", 16, 24, i)
    for i, name in enumerate("ab"):
        save(tmp_path / "two" / "Set5" / f"{name}.png", 16, 24, i)
    save(tmp_path / "calibration" / "x.png", 16, 24, 9)
    methods = {"one": tmp_path / "one", "two": tmp_path / "two", "original": tmp_path / "hr"}
    study = create_study(tmp_path / "study", tmp_path / "hr", methods, tmp_path / "calibration")
    shown = {}
    for p in study.versions:
        shown.setdefault((p.data_set, p.image), []).append(p.method)
    assert shown == {
        **{("BSD100", name): ["one", "original"] for name in "cde"},
        **{("Set5", name): ["one", "two", "original"] for name in "ab"},
    }


@pytest.mark.parametrize("folder", ["report/{set}/sr", "by_set", "alone"])
def test_where_a_methods_images_may_be(tmp_path, folder):
    save(tmp_path / "hr" / "Set5" / "a.png", 16, 24)
    given = save(tmp_path / folder.replace("{set}", "Set5") / "a.png", 16, 24, 1)
    if folder == "by_set":
        (tmp_path / "by_set" / "Set5").mkdir()
        (tmp_path / "by_set" / "a.png").rename(tmp_path / "by_set" / "Set5" / "a.png")
    save(tmp_path / "calibration" / "x.png", 16, 24, 9)
    images = tmp_path / "hr" / "Set5"  # one dataset, named like its folder
    study = create_study(tmp_path / "study", images, {"sr": tmp_path / folder}, tmp_path / "calibration")
    assert study.data_sets == ("Set5",)
    np.testing.assert_array_equal(pixels_of(study, study.versions[0]), given)


def test_a_linked_data_set_is_called_as_its_link(tmp_path):
    save(tmp_path / "store" / "a.png", 16, 24)
    save(tmp_path / "calibration" / "x.png", 16, 24, 9)
    (tmp_path / "Mine").symlink_to(tmp_path / "store")
    methods = {"original": tmp_path / "Mine"}
    study = create_study(tmp_path / "study", tmp_path / "Mine", methods, tmp_path / "calibration")
    assert study.data_sets == ("Mine",)


def test_a_method_without_any_of_the_data_sets(tmp_path):
    save(tmp_path / "hr" / "Set5" / "a.png", 16, 24)
    save(tmp_path / "sr" / "Set14" / "a.png", 16, 24)
    methods = {"original": tmp_path / "hr", "sr": tmp_path / "sr"}
    with pytest.raises(UsageError, match=r"sr=.* has no folder of a dataset in --images"):
        create_study(tmp_path / "study", tmp_path / "hr", methods, tmp_path / "hr")


def test_a_reference_that_was_not_cropped(tmp_path):
    whole = save(tmp_path / "hr" / "a.png", 19, 27)
    part = save(tmp_path / "sr" / "a.png", 16, 24, 1)
    save(tmp_path / "calibration" / "x.png", 40, 40, 2)
    methods = {"sr": tmp_path / "sr", "original": tmp_path / "hr"}
    study = create_study(tmp_path / "study", tmp_path / "hr", methods, tmp_path / "calibration")
    by_method = {p.method: pixels_of(study, p) for p in study.versions}
    np.testing.assert_array_equal(by_method["original"], whole[:16, :24])
    np.testing.assert_array_equal(by_method["sr"], part)
    assert {(p.width, p.height) for p in study.examples} == {(24, 16)}  # no larger than the test's
    assert study.largest == (24, 16)


def test_grey_images(tmp_path):
    save(tmp_path / "hr" / "a.png", 16, 16, mode="L")
    save(tmp_path / "calibration" / "x.png", 16, 16, 2)
    study = create_study(
        tmp_path / "study", tmp_path / "hr", {"original": tmp_path / "hr"}, tmp_path / "calibration"
    )
    assert pixels_of(study, study.versions[0]).shape == (16, 16, 3)


def remove_one(root):
    (root / "bicubic" / "flag.png").unlink()


def another_size(root):
    save(root / "bicubic" / "flag.png", 100, 160)


def damaged(root):
    path = root / "bicubic" / "flag.png"
    path.write_bytes(path.read_bytes()[:500])


def of_a_kind_that_is_not_read(root):
    (root / "original" / "other.jxl").write_bytes(b"\xff\x0a")
    (root / "bicubic" / "other.jxl").write_bytes(b"\xff\x0a")


def twice(root):
    save(root / "original" / "flag.jpg", 120, 160)


def calibrated_on_the_test(root):
    shutil.copy(root / "original" / "flag.png", root / "calibration" / "other.png")


def both(root):
    save(root / "original" / "Set5" / "a.png", 16, 16)


def no_method(root):
    shutil.rmtree(root / "bicubic")


def no_calibration(root):
    (root / "calibration" / "cup.png").unlink()


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (remove_one, r"bicubic has no image of original's flag in .*bicubic"),
        (another_size, r"original/flag.png is 160x120, and another method's flag is only 160x100"),
        (damaged, r"bicubic/flag.png cannot be read: "),
        (of_a_kind_that_is_not_read, r"other\.jxl cannot be read: no JPEG"),
        (twice, r"flag.jpg and .*flag.png have the same name"),
        (calibrated_on_the_test, r"other.png is in the test too"),
        (both, r"holds both images and folders of images \(Set5\)"),
        (no_method, r"--methods: .*bicubic is no folder"),
        (no_calibration, r"--calibration: no image in "),
    ],
)
def test_what_does_not_fit_is_named_and_leaves_nothing(folders, tmp_path, spoil, message):
    root = tmp_path / "given"
    shutil.copytree(folders, root)
    spoil(root)
    methods = {m: root / m for m in ("bicubic", "original")}
    with pytest.raises(UsageError, match=message):
        create_study(tmp_path / "study", root / "original", methods, root / "calibration")
    assert [p.name for p in tmp_path.iterdir()] == ["given"]


@pytest.mark.parametrize(
    ("methods", "message"),
    [({"a|b": "original"}, "is no name"), ({"a": "calibration"}, "a has no image of")],
)
def test_methods_that_do_not_fit(folders, tmp_path, methods, message):
    methods = {name: folders / folder for name, folder in methods.items()}
    with pytest.raises(UsageError, match=message):
        create_study(tmp_path / "study", folders / "original", methods, folders / "calibration")


def test_a_study_is_not_overwritten(study, folders):
    with pytest.raises(UsageError, match="exists already"):
        create_study(
            study.root,
            folders / "original",
            {"a": folders / "original"},
            folders / "calibration",
        )


@pytest.mark.parametrize(
    ("content", "message"),
    [(None, "is missing; make one"), ("{", "cannot be read"), ('{"format": 99}', "not of format 1")],
)
def test_what_is_no_study(tmp_path, content, message):
    if content:
        (tmp_path / "study.json").write_text(content)
    with pytest.raises(UsageError, match=message):
        load_study(tmp_path)
