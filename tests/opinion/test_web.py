"""A session over the application's own requests: its images, its answers, and nothing that names a method."""

import io
import re

import numpy as np
from PIL import Image

from srgan_tf.opinion.store import read_ratings
from srgan_tf.opinion.study import image_path
from tests.opinion.conftest import begin, rate


def test_a_session(study, client):
    base = begin(client)
    assert re.fullmatch(r"/r/[\w-]{32}", base)
    assert client.get(base).status_code == 200
    for rated in range(14):
        state = client.get(f"{base}/state").json
        assert (state["rated"], state["total"]) == (rated, 14)
        answer = state["current"]["answer"]
        assert (answer is not None) == (rated < 2)
        response = rate(client, base, answer or 1 + rated % 5)
        assert response.json["counted"]
        assert response.json["rated"] == rated + 1
    assert response.json["current"] is None
    ratings = read_ratings(study.ratings)
    assert {r.version for r in ratings} == {p.id for p in study.examples + study.versions}


def test_each_image_is_the_one_that_is_rated(study, client):
    base = begin(client)
    for _ in range(14):
        key = client.get(f"{base}/state").json["current"]["key"]
        shown = client.get(f"{base}/image/{key}").data
        rate(client, base)
        rated = read_ratings(study.ratings)[-1].version
        assert shown == image_path(study.root, rated).read_bytes()


def test_the_next_image_can_be_fetched_ahead(client):
    base = begin(client)
    following = client.get(f"{base}/state").json["next"]
    ahead = client.get(f"{base}/image/{following['key']}").data
    assert rate(client, base).json["current"] == following
    assert client.get(f"{base}/image/{following['key']}").data == ahead


def test_a_double_click_counts_once(study, client):
    base = begin(client)
    key = client.get(f"{base}/state").json["current"]["key"]
    answers = [client.post(f"{base}/rate", json={"key": key, "score": s}) for s in (4, 4, 5)]
    assert [a.status_code for a in answers] == [200] * 3
    assert [a.json["counted"] for a in answers] == [True, False, False]
    assert [a.json["rated"] for a in answers] == [1] * 3
    assert [r.score for r in read_ratings(study.ratings)] == [4]


def test_a_replayed_request_counts_once_even_after_an_undo(study, client):
    base = begin(client)
    first = {"key": client.get(f"{base}/state").json["current"]["key"], "score": 4}
    state = client.post(f"{base}/rate", json=first).json
    back = {"key": state["current"]["key"]}
    assert client.post(f"{base}/undo", json=back).json["rated"] == 0
    assert not client.post(f"{base}/rate", json=first).json["counted"]
    rate(client, base, 2)
    assert not client.post(f"{base}/undo", json=back).json["counted"]
    assert [r.score for r in read_ratings(study.ratings)] == [2]


def test_undo_at_both_ends(client):
    base = begin(client)
    key = client.get(f"{base}/state").json["current"]["key"]
    assert not client.post(f"{base}/undo", json={"key": key}).json["counted"]
    for _ in range(14):
        rate(client, base)
    assert client.post(f"{base}/undo", json={"key": ""}).json["rated"] == 13


def responses(study, client):
    """Everything a browser gets in a whole session, with the image it was about."""
    yield None, client.get("/")
    base = begin(client)
    yield None, client.get(base)
    for name in ("opinion.css", "opinion.js", "icon.svg"):
        yield None, client.get(f"/static/{name}")
    for _ in range(14):
        state = client.get(f"{base}/state")
        version = client.get(f"{base}/image/{state.json['current']['key']}")
        rated = rate(client, base)
        about = read_ratings(study.ratings)[-1].version
        yield about, state
        yield about, version
        yield about, rated


def test_nothing_names_a_method_a_file_or_an_image(study, client):
    secrets = {p.method for p in study.versions} | {p.image for p in study.examples + study.versions}
    secrets |= {p.id for p in study.examples + study.versions} | {str(study.root), "sqlite", ".png"}
    for about, response in responses(study, client):
        seen = f"{response.request.path} {response.headers}".encode() + response.data
        for secret in secrets:
            assert secret.encode() not in seen, (about, response.request.path, secret)


def test_headers_and_lengths_depend_on_the_size_of_an_image_alone(study, client):
    versions = {p.id: p for p in study.examples + study.versions}
    by_size = {}
    for about, response in responses(study, client):
        if "/image/" in response.request.path:
            size = versions[about].width, versions[about].height
            by_size.setdefault(size, set()).add(str(response.headers))
            Image.open(io.BytesIO(response.data)).load()
    assert len(by_size) == 2
    assert all(len(headers) == 1 for headers in by_size.values())
    names = {line.split(":")[0] for headers in by_size.values() for h in headers for line in h.splitlines()}
    assert not names & {"ETag", "Last-Modified", "Content-Disposition"}


def test_state_is_as_long_for_every_method(study, client):
    lengths = {}
    for about, response in responses(study, client):
        if response.request.path.endswith("/state") and about in {p.id for p in study.versions}:
            state = {
                k: v for k, v in response.json.items() if k in ("current", "largest", "examples", "total")
            }
            state["current"] = {**state["current"], "width": 0, "height": 0}
            lengths.setdefault(len(str(state)), []).append(about)
    assert len(lengths) == 1


def test_image_bytes_are_the_images(study, client):
    base = begin(client)
    current = client.get(f"{base}/state").json["current"]
    response = client.get(f"{base}/image/{current['key']}")
    assert response.mimetype == "image/png"
    assert np.asarray(Image.open(io.BytesIO(response.data))).shape == (current["height"], current["width"], 3)
