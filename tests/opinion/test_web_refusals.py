"""Requests that the application refuses, and the limits of those that it answers."""

import dataclasses
import re

import pytest

from srgan_tf.opinion import session
from srgan_tf.opinion.create import create_study
from srgan_tf.opinion.store import read_ratings
from srgan_tf.opinion.web import LARGEST_BODY, create_app
from tests.opinion.conftest import GENEROUS, begin, rate


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


def test_html_is_escaped(folders, tmp_path, store):
    title = "<script>alert('x')</script> & \"more\""
    folder = folders / "original"
    study = create_study(
        tmp_path / "other", folder, {"original": folder}, folders / "calibration", title=title
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
