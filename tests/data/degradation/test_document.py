"""docs/photographs.md says what the tables are."""

import re

import pytest

from srgan_tf.data.degradation.passes import reach
from srgan_tf.data.degradation.table import BLURS, NAMES, PHOTO, SECOND_ORDER
from srgan_tf.markdown import markdown_table
from tests.helpers import ROOT

TEXT = (ROOT / "docs" / "photographs.md").read_text(encoding="utf-8")


def span(values):
    return f"{values[0]:g} to {values[1]:g}"


def rows_of_a_pass(table, of):
    blur, resizing, noise, jpeg = of.blur, of.resizing, of.noise, of.jpeg
    return {
        "blur at all": f"{blur.probability:g}",
        "side of the kernel, odd": span(blur.sides),
        "a sinc filter": f"{blur.sinc:g}",
        "sigma along each axis, pixels": span(blur.sigma),
        "larger / smaller / same size": f"{resizing.up:g} / {resizing.down:g} / {resizing.keep:g}",
        "factor": span(resizing.factor),
        "resizing kernels": ", ".join(resizing.methods),
        "noise at all": f"{noise.probability:g}",
        "Gaussian, else Poisson": f"{noise.gaussian:g}",
        "sigma of Gaussian noise, of 255": span(noise.sigma),
        "scale of Poisson noise": span(noise.poisson),
        "the same in the three channels": f"{noise.grey:g}",
        "JPEG at all": f"{jpeg.probability:g}",
        "quality": span(jpeg.quality),
    }


def rows():
    columns = [
        rows_of_a_pass(table, of) for table in (PHOTO, SECOND_ORDER) for of in (table.first, table.second)
    ]
    head = ["", "`photo`, first pass", "second pass", "published, first pass", "second pass"]
    found = [[name, *(column[name] for column in columns)] for name in columns[0]]
    for name, field in (
        ("clean, for the whole", "clean"),
        ("a sinc filter at the end", "last_sinc"),
        ("JPEG comes last", "jpeg_last"),
    ):
        ours, published = (f"{getattr(table, field):g}" for table in (PHOTO, SECOND_ORDER))
        found.append([name, ours, "", published, ""])
    return markdown_table(head, found)


def test_the_tables_are_those_of_the_code():
    assert rows() in TEXT


def test_the_kinds_of_blur_are_those_of_the_code():
    for table in (PHOTO, SECOND_ORDER):
        for of in (table.first, table.second):
            kinds = dict(zip(BLURS, of.blur.kinds, strict=True))
            assert list(kinds.values()) == [0.45, 0.25, 0.12, 0.03, 0.12, 0.03]
            assert (of.blur.generalised, of.blur.plateau) == ((0.5, 4), (1, 2))
    text = " ".join(TEXT.split())
    assert "isotropic .45, anisotropic .25, generalised .12 and .03, plateau-shaped .12 and .03" in text
    assert ".5 to 4 for the generalised, 1 to 2 for the plateau" in text


def test_every_name_is_listed():
    listed = re.findall(r"^\| `(\w[\w.-]*)` \|", TEXT.split("## Models")[0], re.MULTILINE)
    assert listed == [*NAMES, "PATH.json"]


@pytest.mark.parametrize(("table", "name"), [(PHOTO, "photo"), (SECOND_ORDER, "second-order")])
def test_the_apron_is_that_of_the_code(table, name):
    assert re.search(rf"\b{reach(table, 4)} in `{name}`", " ".join(TEXT.split()))
