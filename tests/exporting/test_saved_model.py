import io
import json
import struct
import zlib

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image
from tensorflow.core.protobuf import saved_model_pb2
from tensorflow_serving.apis import prediction_log_pb2

from srgan_tf.exporting.saved_model import SIGNATURES, WARM_UP_FILE
from tests.helpers import SERVED_PIXELS, TINY, assert_near, encoded, opened, tiny_generator, upscale_at_once


@pytest.fixture(scope="module")
def served(exported):
    return tf.saved_model.load(str(exported))


@pytest.fixture(scope="module")
def photograph():
    from skimage import data

    return data.astronaut()[30:62, 200:240]


def ask(served, files):
    return served.signatures["serving_default"](image_bytes=tf.constant(files, tf.string, (len(files),)))[
        "sr_image_bytes"
    ].numpy()


def test_only_the_finished_directory_is_there(exported):
    assert [p.name for p in exported.parent.iterdir()] == ["1"]
    assert json.loads((exported / "assets.extra" / "model_card.json").read_text()) == {"scale": 4}


def test_mixed_sizes_and_formats_in_one_batch(served, photograph):
    upscale = upscale_at_once(tiny_generator())
    images = [photograph, photograph[:7, :31], photograph[3:4, 5:6]]
    files = [encoded(p) for p in images] + [encoded(images[1], "WEBP", lossless=True)]
    for sr, lr in zip(ask(served, files), [*images, images[1]], strict=True):
        assert_near(opened(sr), upscale(lr))


@pytest.mark.parametrize(
    ("kind", "mode"),
    [("JPEG", "RGB"), ("JPEG", "L"), ("JPEG", "CMYK"), ("PNG", "L"), ("PNG", "P"), ("PNG", "1"),
     ("PNG", "RGBA"), ("PNG", "LA"), ("GIF", "P"), ("BMP", "RGB"), ("WEBP", "RGB"), ("WEBP", "RGBA")],
)  # fmt: skip
def test_every_kind_of_file(served, photograph, kind, mode):
    image = Image.fromarray(photograph).convert(mode)
    if mode in ("RGBA", "LA"):
        image.putalpha(Image.linear_gradient("L").resize(image.size))
    file = encoded(image, kind, **({"lossless": True, "exact": True} if kind == "WEBP" else {}))
    image_file = Image.open(io.BytesIO(file))
    if image_file.has_transparency_data:
        image_file = image_file.convert("RGBA")
        image_file = Image.alpha_composite(Image.new("RGBA", image_file.size, "white"), image_file)
    expected = upscale_at_once(tiny_generator())(np.asarray(image_file.convert("RGB")))
    sr = opened(ask(served, [file])[0])
    assert sr.shape == expected.shape
    # Decoders of lossy files, and of transparency, differ by a level here and there.
    assert np.abs(sr.astype(int) - expected).mean() < 1.5


def test_no_images_give_no_images(served):
    assert ask(served, []).shape == (0,)


def test_arrays(served, photograph):
    batch = np.stack([photograph[:16, :16], photograph[16:, 16:32]])
    sr = served.signatures["upscale"](lr=tf.constant(batch))["sr"].numpy()
    for one, lr in zip(sr, batch, strict=True):
        assert_near(one, upscale_at_once(tiny_generator())(lr))
    lr = batch.astype(np.float32) / 255
    sr = served.signatures["upscale_float"](lr=tf.constant(lr))["sr"].numpy()
    np.testing.assert_allclose(sr, tiny_generator()(lr), atol=1e-5)


@pytest.mark.parametrize("signature", ["upscale", "upscale_float"])
def test_a_batch_above_the_bound_is_done_one_by_one(served, signature):
    lr = np.random.default_rng(0).integers(0, 2, (3, 40, 40, 3)).astype(np.uint8)
    lr = lr if signature == "upscale" else lr.astype(np.float32)
    ask_for = served.signatures[signature]
    sr = ask_for(lr=tf.constant(lr))["sr"].numpy()
    alone = np.concatenate([ask_for(lr=tf.constant(one[None]))["sr"].numpy() for one in lr])
    np.testing.assert_allclose(sr, alone, atol=1e-5)


def test_about(served):
    facts = served.signatures["about"](ask=tf.zeros(2, tf.int32))
    assert {name: value.numpy().tolist() for name, value in facts.items()} == {
        "scale": [4, 4],
        "overlap": [12, 12],
        "max_pixels": [SERVED_PIXELS] * 2,
    }


def bomb() -> bytes:
    """A small PNG that declares 2.5 gigapixels."""
    file = encoded(Image.new("1", (8, 8)), "PNG")
    header = b"IHDR" + struct.pack(">II", 50_000, 50_000) + file[24:29]
    return file[:12] + header + struct.pack(">I", zlib.crc32(header)) + file[33:]


def oversized(kind, **options) -> bytes:
    return encoded(Image.new("RGB", (50, 45)), kind, **options)


@pytest.mark.parametrize(
    ("file", "message"),
    [
        (lambda: b"", r"image_bytes\[1\] is empty"),
        (lambda: b"hello", r"image_bytes\[1\] is no image: expected the bytes of a JPEG, PNG"),
        (lambda: b"BM", r"image_bytes\[1\] is a BMP with a palette"),
        (lambda: encoded(Image.new("P", (9, 9)), "BMP"), r"image_bytes\[1\] is a BMP with a palette"),
        (lambda: oversized("PNG")[:20], r"image_bytes\[1\] is 50x0"),
        (lambda: encoded(Image.new("RGB", (9, 9)), "PNG")[:60], "PNG"),
        (lambda: encoded(Image.new("RGB", (9, 9)), "JPEG")[:300], "JPEG"),
        (lambda: encoded(Image.new("RGB", (9, 9)), "WEBP")[:40], "WebP|WEBP|decode"),
        (bomb, r"image_bytes\[1\] is 50000x50000: expected an image of 1 to 2209 pixels"),
        (lambda: oversized("JPEG"), r"\[1\] is 50x45"),
        (lambda: oversized("GIF"), r"\[1\] is 50x45"),
        (lambda: oversized("BMP"), r"\[1\] is 50x45"),
        (lambda: oversized("WEBP"), r"\[1\] is 50x45"),
        (lambda: oversized("WEBP", lossless=True), r"\[1\] is 50x45"),
        (lambda: oversized("WEBP", exif=b"Exif\0\0"), r"\[1\] is 50x45"),
    ],
)
def test_an_image_that_cannot_be_served_is_named(served, photograph, file, message):
    with pytest.raises(tf.errors.InvalidArgumentError, match=message):
        ask(served, [encoded(photograph), file()])
    assert opened(ask(served, [encoded(photograph)])[0]).shape == (128, 160, 3)


@pytest.mark.parametrize(
    ("signature", "lr", "message"),
    [
        ("upscale", np.zeros((1, 0, 4, 3), np.uint8), "lr is 4x0"),
        ("upscale", np.zeros((2, 50, 45, 3), np.uint8), "lr is 45x50: expected an image of 1 to 2209"),
        ("upscale_float", np.zeros((1, 50, 45, 3), np.float32), "lr is 45x50"),
        ("upscale_float", np.full((1, 4, 4, 3), 255, np.float32), r"outside \[0, 1\]: divide"),
        ("upscale_float", np.full((1, 4, 4, 3), np.nan, np.float32), r"outside \[0, 1\]"),
    ],
)
def test_an_array_that_cannot_be_served_is_named(served, signature, lr, message):
    with pytest.raises(tf.errors.InvalidArgumentError, match=message):
        served.signatures[signature](lr=tf.constant(lr))


def test_warm_up_requests_are_answered(exported, served):
    seen = []
    for record in tf.data.TFRecordDataset(str(exported / WARM_UP_FILE)):
        request = prediction_log_pb2.PredictionLog.FromString(record.numpy()).predict_log.request
        inputs = {name: tf.constant(tf.make_ndarray(proto)) for name, proto in request.inputs.items()}
        assert request.model_spec.name == "srgan"
        served.signatures[request.model_spec.signature_name](**inputs)
        seen.append(request.model_spec.signature_name)
    assert sorted(seen) == sorted(SIGNATURES)


def test_the_network_is_in_the_graph_once(exported):
    saved = saved_model_pb2.SavedModel.FromString((exported / "saved_model.pb").read_bytes())
    functions = saved.meta_graphs[0].graph_def.library.function
    convolutions = sum(node.op == "Conv2D" for function in functions for node in function.node_def)
    assert convolutions == 1 + 2 * TINY.blocks + 1 + 2 + 1
