import io
import json
import urllib.error
import urllib.request
from base64 import b64decode, b64encode

import numpy as np
import pytest
from PIL import Image
from skimage import data

from srgan_tf.errors import UsageError, WorkError
from srgan_tf.serving.protocols import connect
from srgan_tf.serving.server import Patience, Server, ServerError, persistently, plain
from srgan_tf.serving.upscaler import Facts, Requests, ask_about, upscale
from tests.helpers import SERVED_PIXELS, assert_near, tiny_generator, upscale_at_once

QUICK = Patience(attempts=3, first_wait=0.001)


@pytest.fixture(scope="module")
def photograph():
    return data.astronaut()[20:120, 160:303]  # 100x143: no side is a multiple of a tile's


def test_the_model_says_what_tiles_it_needs(url):
    assert ask_about(connect(url, "srgan", 20), QUICK) == Facts(scale=4, overlap=12, max_pixels=SERVED_PIXELS)


@pytest.mark.slow
@pytest.mark.parametrize(
    "requests",
    [
        Requests(),  # as large as the server takes
        Requests(tile=23, batch=4, concurrency=3),
        Requests(tile=17, batch=2, concurrency=1),
    ],
)
def test_a_large_image_comes_back_as_if_it_were_upscaled_whole(url, stand_in, photograph, requests):
    server = connect(url, "srgan", 20)
    pixels = []
    sr = upscale(server, ask_about(server, QUICK), photograph, requests, pixels.append)
    assert_near(sr, upscale_at_once(tiny_generator(), mirror=True)(photograph))
    assert sum(pixels) == 100 * 143
    assert len(pixels) == len(stand_in.requests) - 1 > 1
    batches = [
        next(iter(shapes.values()))[0] for signature, shapes in stand_in.requests if signature != "about"
    ]
    assert max(batches) == requests.batch


def test_a_small_image_is_one_request(url, stand_in, photograph):
    server = connect(url, "srgan", 20)
    small = photograph[:20, :22]
    assert_near(
        upscale(server, ask_about(server, QUICK), small),
        upscale_at_once(tiny_generator(), mirror=True)(small),
    )
    assert len(stand_in.requests) == 2


def test_an_overlap_too_small_shows(stand_in, photograph):
    server = connect(stand_in.grpc, "srgan", 20)
    sr = upscale(server, Facts(4, 2, SERVED_PIXELS), photograph, Requests(tile=23))
    assert np.abs(sr.astype(int) - upscale_at_once(tiny_generator(), mirror=True)(photograph)).max() > 1


def test_failures_that_go_away_are_outlived(url, stand_in, photograph):
    server = connect(url, "srgan", 20)
    facts = ask_about(server, QUICK)
    calm = upscale(server, facts, photograph)
    stand_in.faults.extend(["UNAVAILABLE", "ok", "RESOURCE_EXHAUSTED"])
    requests = Requests(patience=Patience(attempts=4, first_wait=0.001))
    np.testing.assert_array_equal(upscale(server, facts, photograph, requests), calm)


def test_pauses_grow_up_to_the_longest():
    def ask():
        raise ServerError("UNAVAILABLE", "not yet")

    pauses = []
    with pytest.raises(ServerError, match="not yet"):
        persistently(ask, Patience(attempts=7, first_wait=1, longest_wait=10), pauses.append)
    assert len(pauses) == 6
    whole = np.array([1, 2, 4, 8, 10, 10])
    assert (pauses >= whole / 2).all()
    assert (pauses <= whole).all()
    assert len(set(pauses)) == 6  # clients of one server do not come back together


def test_no_image_in_an_answer_is_an_error(photograph):
    def predict(signature, inputs):
        return {"": np.array([b"no image"] * len(inputs["image_bytes"]), object)}

    with pytest.raises(ServerError, match="DATA_LOSS: the image that came back cannot be used: no JPEG"):
        upscale(Server(predict, takes_arrays=False), Facts(4, 12, 10**6), photograph[:8, :8])


def test_a_dropped_connection_is_made_again(stand_in):
    stand_in.faults.append("drop")
    assert ask_about(connect(stand_in.http, "srgan", 20), QUICK).scale == 4


def test_a_server_that_does_not_answer_is_given_up(url, stand_in):
    stand_in.faults.extend(["stall"] * 2)
    with pytest.raises(ServerError, match=r"no answer in time.*--timeout.*DEADLINE_EXCEEDED"):
        ask_about(connect(url, "srgan", 0.2), Patience(attempts=2, first_wait=0.001))


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("UNAVAILABLE", "cannot be reached or is starting"),
        ("RESOURCE_EXHAUSTED", "overloaded"),
        ("INTERNAL", "the server failed"),
        ("FAILED_PRECONDITION", "cannot do that"),
    ],
)
def test_each_of_the_servers_errors_is_explained(url, stand_in, code, message):
    stand_in.faults.extend([code] * 3)
    with pytest.raises(ServerError, match=f"{message}.*{code}.*a queued {code}"):
        ask_about(connect(url, "srgan", 20), QUICK)
    assert len(stand_in.faults) == (0 if code in ("UNAVAILABLE", "RESOURCE_EXHAUSTED") else 2)


def test_a_model_that_is_not_served(url):
    with pytest.raises(ServerError, match=r"does not serve this model.*--model.*Servable not found"):
        ask_about(connect(url, "other", 20), QUICK)


@pytest.mark.parametrize("address", ["http://127.0.0.1:9", "grpc://127.0.0.1:9"])
def test_no_server(address):
    with pytest.raises(ServerError, match="cannot be reached"):
        ask_about(connect(address, "srgan", 5), QUICK)


@pytest.mark.parametrize("address", ["", "localhost:8501", "ftp://x", "http://"])
def test_an_address_of_no_known_kind(address):
    with pytest.raises(UsageError, match=r"--url=.*expected http://HOST:8501"):
        connect(address, "srgan", 5)


def test_a_refused_image_names_the_reason(url, stand_in, photograph):
    server = connect(url, "srgan", 20)
    with pytest.raises(ServerError, match=r"refuses the request \(INVALID_ARGUMENT: .*167x124: expected"):
        upscale(server, Facts(4, 12, 10**6), photograph)
    assert ask_about(server, QUICK).scale == 4


def test_a_server_that_takes_too_little_for_the_overlap(photograph):
    unused = Server(lambda signature, inputs: {}, takes_arrays=True)
    with pytest.raises(WorkError, match="takes 400 pixels at a time, too few for tiles that overlap by 12"):
        upscale(unused, Facts(4, 12, 400), photograph)


def test_an_answer_of_another_size_is_an_error(photograph):
    wrong = Server(lambda signature, inputs: {"sr": np.zeros((1, 8, 8, 3), np.uint8)}, takes_arrays=True)
    with pytest.raises(ServerError, match="DATA_LOSS"):
        upscale(wrong, Facts(4, 12, SERVED_PIXELS), photograph)


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ('assertion failed: ["image_bytes[1] is empty"]\n\t [[{{node Assert}}]]', "image_bytes[1] is empty"),
        ("{{function_node a}} {{node b}} Invalid PNG data, size 60\n more", "Invalid PNG data, size 60"),
        ("", "no message"),
    ],
)
def test_messages_without_node_names(message, expected):
    assert plain(message) == expected


def ask_rest(stand_in, body):
    """Asks as `curl` does."""
    request = urllib.request.Request(
        f"{stand_in.http}/v1/models/srgan:predict", json.dumps(body).encode(), method="POST"
    )
    with urllib.request.urlopen(request, timeout=120) as answer:
        return json.load(answer)


def test_rest_by_hand(stand_in, photograph):
    files = []
    for lr in (photograph[:20, :30], photograph[:11, :9]):
        file = io.BytesIO()
        Image.fromarray(lr).save(file, "PNG")
        files.append({"b64": b64encode(file.getvalue()).decode()})
    answer = ask_rest(stand_in, {"instances": [{"image_bytes": file} for file in files]})
    for prediction, lr in zip(
        answer["predictions"], (photograph[:20, :30], photograph[:11, :9]), strict=True
    ):
        sr = np.asarray(Image.open(io.BytesIO(b64decode(prediction["b64"]))))
        assert_near(sr, upscale_at_once(tiny_generator())(lr))  # the graph is the plain network
    bad = {"instances": [{"image_bytes": {"b64": b64encode(b"no image").decode()}}]}
    with pytest.raises(urllib.error.HTTPError) as refused:
        ask_rest(stand_in, bad)
    assert refused.value.code == 400
    assert "image_bytes[0] is no image" in json.load(refused.value)["error"]
    assert ask_rest(stand_in, {"signature_name": "about", "inputs": [0]})["outputs"]["scale"] == [4]
