"""The server as a process: many raters at once, and what a kill leaves behind."""

import http.client
import json
import signal
import socket
import threading
from urllib.parse import urlsplit

import pytest

from srgan_tf.opinion.store import read_ratings


class Client:
    """A rater's browser, as far as ratings go, over a connection that is kept open."""

    def __init__(self, address):
        self.connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=10)

    def ask(self, method, path, content=None):
        headers = {"Content-Type": "application/json"} if content is not None else {}
        self.connection.request(method, path, content and json.dumps(content), headers)
        response = self.connection.getresponse()
        return response, response.read()

    def join(self):
        return self.ask("POST", "/raters")[0].headers["Location"]

    def state(self, base):
        return json.loads(self.ask("GET", f"{base}/state")[1])

    def rate(self, base, key, score):
        response, body = self.ask("POST", f"{base}/rate", {"key": key, "score": score})
        assert response.status == 200
        return json.loads(body)


def rate_until_killed(address, base, seed, acknowledged, unanswered):
    """Rates until the connection breaks; the last request may have been carried out or not."""
    try:
        client = Client(address)
        state = client.state(base)
        while state["current"]:
            score = 1 + (seed + 3 * state["rated"]) % 5
            unanswered[base] = state["current"]["key"], score
            state = client.rate(base, state["current"]["key"], score)
            assert state["counted"]
            acknowledged[base].append(score)
            del unanswered[base]
    except (OSError, http.client.HTTPException):
        pass


@pytest.mark.slow
def test_a_kill_loses_no_acknowledged_rating_and_doubles_none(invented, serving):
    study = invented({"Set14": (40, ("a", "b", "c"))}, ("a", "b", "c"))
    process, address = serving(study)
    bases = [Client(address).join() for _ in range(20)]
    acknowledged = {base: [] for base in bases}
    interrupted = 0
    killing = threading.Event()  # never set: a pause between two looks
    for least in (100, 300):  # acknowledged in all, when the server is killed
        unanswered = {}
        threads = [
            threading.Thread(target=rate_until_killed, args=(address, base, i, acknowledged, unanswered))
            for i, base in enumerate(bases)
        ]
        for thread in threads:
            thread.start()
        while sum(map(len, acknowledged.values())) < least:
            assert any(thread.is_alive() for thread in threads)
            killing.wait(0.001)
        process.kill()
        process.wait()
        for thread in threads:
            thread.join()

        process, address = serving(study)
        on_disk = {number + 1: [] for number in range(20)}
        for rating in read_ratings(study.ratings):
            assert rating.position == len(on_disk[rating.rater])
            on_disk[rating.rater].append(rating.score)
        for number, base in enumerate(bases, 1):
            kept = acknowledged[base]
            if base not in unanswered:
                assert on_disk[number] == kept
                continue
            key, score = unanswered[base]
            assert on_disk[number] in (kept, [*kept, score])
            # What the page does next: the same request again.
            interrupted += 1
            state = Client(address).rate(base, key, score)
            kept.append(score)
            assert state["rated"] == len(kept)
    assert interrupted
    stored = {}
    for rating in read_ratings(study.ratings):
        stored.setdefault(rating.rater, []).append(rating)
    assert [[r.score for r in stored[n]] for n in range(1, 21)] == list(acknowledged.values())
    assert all(len({r.version for r in own}) == len(own) for own in stored.values())


def test_a_stop_is_clean_and_the_session_goes_on(study, serving):
    process, address = serving(study)
    base = Client(address).join()
    state = Client(address).state(base)
    Client(address).rate(base, state["current"]["key"], 4)
    process.send_signal(signal.SIGTERM)
    output = process.communicate(timeout=20)[0]
    assert process.returncode == 143
    assert output.strip().endswith(f"stopped; all ratings are in {study.ratings}")
    assert "Traceback" not in output
    _, address = serving(study)
    assert Client(address).state(base)["rated"] == 1


def test_headers_of_the_server_itself(study, serving):
    _, address = serving(study)
    client = Client(address)
    base = client.join()
    seen = set()
    for _ in range(9):  # at three requests each just within the limit of a second
        current = client.state(base)["current"]
        response, body = client.ask("GET", f"{base}/image/{current['key']}")
        headers = {k: v for k, v in response.getheaders() if k != "Date"}
        assert "Server" not in headers
        assert int(headers.pop("Content-Length")) == len(body)
        seen.add(tuple(headers.items()))
        client.rate(base, current["key"], 3)
    assert len(seen) == 1


def test_a_large_request_is_cut_off(study, serving):
    _, address = serving(study)
    client = Client(address)
    base = client.join()
    client.connection.request("POST", f"{base}/rate", b"a" * 5000, {"Content-Type": "application/json"})
    assert client.connection.getresponse().status == 413
    client = Client(address)
    client.connection.putrequest("GET", "/")
    client.connection.putheader("X-Long", "a" * 20_000)
    client.connection.endheaders()
    assert client.connection.getresponse().status in (400, 431)


@pytest.mark.parametrize("path", ["/static/../web.py", "/static/%2e%2e/web.py", "/../../../../etc/passwd"])
def test_raw_paths_lead_nowhere_else(study, serving, path):
    _, address = serving(study)
    response, body = Client(address).ask("GET", path)
    assert response.status == 404
    assert b"import" not in body
    assert b"root:" not in body


def test_a_port_in_use(study, command):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = command("-m", "srgan_tf.opinion", "serve", study.root, "--host=127.0.0.1", f"--port={port}")
    assert done.returncode == 2
    assert f"error: cannot listen at 127.0.0.1:{port}: " in done.stderr
    assert "Traceback" not in done.stderr
