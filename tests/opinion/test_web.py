"""What a browser can and cannot get, over the application's own requests."""

import dataclasses
import io
import re

import numpy as np
import pytest
from PIL import Image

from srgan_tf.opinion import session
from srgan_tf.opinion.create import create_study
from srgan_tf.opinion.store import read_ratings
from srgan_tf.opinion.study import image_path
from srgan_tf.opinion.web import LARGEST_BODY, Limits, create_app

GENEROUS = Limits("100000 per second", "100000 per second", "100000 per second", "100000 per second")


@pytest.fixture
def client(study, store):
    return create_app(study, store, GENEROUS).test_client()


def begin(client):
    return client.post("/raters").headers["Location"]


def rate(client, base, score=3):
    key = client.get(f"{base}/state").json["current"]["key"]
    return client.post(f"{base}/rate", json={"key": key, "score": score})


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


def test_nothing_names_a_method_a_file_or_a_image(study, client):
    secrets = {p.method for p in study.versions} | {p.image for p in study.examples + study.versions}
    secrets |= {p.id for p in study.examples + study.versions} | {str(study.root), "sqlite", ".png"}
    for about, response in responses(study, client):
        seen = f"{response.request.path} {response.headers}".encode() + response.data
        for secret in secrets:
            assert secret.encode() not in seen, (about, response.request.path, secret)


def test_headers_and_lengths_depend_on_the_size_of_a_image_alone(study, client):
    pictures = {p.id: p for p in study.examples + study.versions}
    by_size = {}
    for about, response in responses(study, client):
        if "/image/" in response.request.path:
            size = pictures[about].width, pictures[about].height
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


def test_another_raters_images_cannot_be_had(client):
    one, other = begin(client), begin(client)
    key = client.get(f"{one}/state").json["current"]["key"]
    assert client.get(f"{one}/image/{key}").status_code == 200
    assert client.get(f"{other}/image/{key}").status_code == 404
    assert not client.post(f"{other}/rate", json={"key": key, "score": 3}).json["counted"]


def test_images_behind_and_further_on_cannot_be_had(study, store, client):
    base = begin(client)
    seen = client.get(f"{base}/state").json["current"]["key"]
    for _ in range(3):
        rate(client, base)
    rater = store.rater(base.removeprefix("/r/"))
    later = session.shown(study, dataclasses.replace(rater, rated=8)).key
    assert client.get(f"{base}/image/{seen}").status_code == 404
    assert client.get(f"{base}/image/{later}").status_code == 404


@pytest.mark.parametrize("what", ["", "/state", "/image/x"])
def test_a_wrong_token_opens_nothing(client, what):
    base = begin(client)
    for token in ("x", "a" * 32, base[3:-1] + "!", base[3:] + "=", base[3:].swapcase(), "é" * 32, "%00", "1"):
        response = client.get(f"/r/{token}{what}")
        assert response.status_code == 404
        assert base[3:].encode() not in response.data
    assert client.post("/r/wrong/rate", json={"key": "x", "score": 3}).status_code == 404


def test_paths_lead_nowhere_else(study, client):
    base = begin(client)
    name = study.versions[0].id
    for path in [
        "/study.json",
        "/ratings.sqlite3",
        f"/pictures/{name}.png",
        f"{base}/image/{name}",
        f"{base}/image/{name}.png",
        f"{base}/image/..%2F..%2Fstudy.json",
        f"{base}/image/../../study.json",
        "/static/../web.py",
        "/static/..%2Fweb.py",
        "/static/%2e%2e/templates/base.html",
        "/static//etc/passwd",
        f"/static/{study.root}/study.json",
        "/static/..\\web.py",
        "/templates/session.html",
        "/r/",
        "/raters/1",
    ]:
        response = client.get(path)
        assert response.status_code in (404, 308), path
        assert b"import" not in response.data


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"{",
        b"\xff\xfe",
        b'{"score": 3}',
        b'{"key": 3, "score": 3}',
        b'{"key": "\\ud800", "score": 3}',
        b'{"key": "a", "score": 0}',
        b'{"key": "a", "score": 6}',
        b'{"key": "a", "score": true}',
        b'{"key": "a", "score": 3.0}',
        b'{"key": "a", "score": "3"}',
        b'{"key": "a", "score": null}',
        b'{"key": "' + b"a" * 25 + b'", "score": 3}',
    ],
)
def test_what_no_page_sends_is_refused(study, client, body):
    base = begin(client)
    response = client.post(f"{base}/rate", data=body, content_type="application/json")
    assert response.status_code == 400
    assert read_ratings(study.ratings) == []


def test_other_kinds_of_requests_are_refused(client):
    base = begin(client)
    assert client.post(f"{base}/rate", data={"key": "a", "score": 3}).status_code == 415
    assert client.get(f"{base}/rate").status_code == 405
    assert client.put(base).status_code == 405
    long = b'{"key": "' + b"a" * LARGEST_BODY + b'"}'
    assert client.post(f"{base}/rate", data=long, content_type="application/json").status_code == 413


def test_requests_from_other_sites_are_refused(study, client):
    base = begin(client)
    key = client.get(f"{base}/state").json["current"]["key"]
    for origin in ("http://elsewhere.example", "null", "http://localhost.elsewhere.example"):
        request = {"json": {"key": key, "score": 3}, "headers": {"Origin": origin}}
        assert client.post(f"{base}/rate", **request).status_code == 403
        assert client.post("/raters", headers={"Origin": origin}).status_code == 403
    assert read_ratings(study.ratings) == []
    assert client.post("/raters", headers={"Origin": "http://localhost"}).status_code == 303


def test_every_response_forbids_what_comes_from_elsewhere(client):
    base = begin(client)
    for path in ("/", base, f"{base}/state", "/nowhere", "/static/opinion.js"):
        response = client.get(path)
        policy = response.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert not re.search(r"unsafe|https?:|\*", policy)
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Referrer-Policy"] == "same-origin"
        assert response.headers["Cache-Control"] == "no-store"
        assert "Set-Cookie" not in response.headers
        if response.mimetype == "text/html":
            links = re.findall(rb"""(?:src|href)\s*=\s*["']?([^"'\s]+)""", response.data)
            assert links
            assert all(link.startswith(b"/static/") for link in links), links
            assert b"http" not in response.data.replace(b"http://localhost/r/", b"")
    for name in ("opinion.css", "opinion.js"):
        assert not re.search(rb"https?:|//[a-z]+\.|url\(|@import", client.get(f"/static/{name}").data)


def test_html_is_escaped(pictures, tmp_path, store):
    title = "<script>alert('x')</script> & \"more\""
    folder = pictures / "original"
    study = create_study(
        tmp_path / "other", folder, {"original": folder}, pictures / "calibration", title=title
    )
    client = create_app(study, store, GENEROUS).test_client()
    for path in ("/", begin(client)):
        page = client.get(path).text
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &#34;more&#34;" in page
    page = client.get("/<img src=x onerror=alert(1)>").text
    assert "<img" not in page
    page = client.get(begin(client), headers={"Host": 'a"><script>alert(2)</script>'}).text
    assert "<script>alert" not in page


def test_sessions_are_limited_each_on_its_own(study, store):
    client = create_app(study, store, dataclasses.replace(GENEROUS, session="5 per hour")).test_client()
    one, other = begin(client), begin(client)
    codes = [client.get(f"{one}/state").status_code for _ in range(7)]
    assert codes == [200] * 5 + [429] * 2
    refused = client.get(f"{one}/state")
    assert refused.headers["Retry-After"] == "1"
    assert client.get(f"{other}/state").status_code == 200


@pytest.mark.parametrize(
    ("limit", "ask"),
    [
        ("joining", lambda client, _: client.post("/raters")),
        ("guessing", lambda client, i: client.get(f"/r/{i:032}/state")),
        ("address", lambda client, _: client.get("/")),
    ],
)
def test_an_address_is_limited(study, store, limit, ask):
    limits = dataclasses.replace(GENEROUS, **{limit: "5 per hour"})
    client = create_app(study, store, limits).test_client()
    codes = [ask(client, i).status_code for i in range(7)]
    assert 429 not in codes[:5]
    assert codes[5:] == [429] * 2


def test_usual_limits_leave_room_for_people(study, store):
    client = create_app(study, store).test_client()
    base = begin(client)
    for _ in range(9):  # three requests for each image
        state = client.get(f"{base}/state")
        assert client.get(f"{base}/image/{state.json['next']['key']}").status_code == 200
        assert client.post(f"{base}/rate", json={"key": state.json["current"]["key"], "score": 3}).json[
            "counted"
        ]


def test_image_bytes_are_the_images(study, client):
    base = begin(client)
    current = client.get(f"{base}/state").json["current"]
    response = client.get(f"{base}/image/{current['key']}")
    assert response.mimetype == "image/png"
    assert np.asarray(Image.open(io.BytesIO(response.data))).shape == (current["height"], current["width"], 3)
