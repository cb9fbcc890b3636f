"""The page that raters use: a Flask application around `srgan_tf.opinion.session`.

    GET  /                            a welcome, and a button to begin
    POST /raters                      a new rater; leads to the session
    GET  /r/TOKEN                     the session's page
    GET  /r/TOKEN/state               the state of the page, as JSON
    POST /r/TOKEN/rate, /undo         JSON in, the new state out
    GET  /r/TOKEN/image/KEY           the image shown now, or the next one
    GET  /static/...                  the page's own style and script

There are no cookies: the token in the address is the only way to a session.
"""

import logging
import re
import socket
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import waitress
from flask import Flask, Response, abort, redirect, render_template, request, url_for
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from werkzeug.exceptions import HTTPException

from srgan_tf.errors import Stopped, UsageError
from srgan_tf.opinion import session
from srgan_tf.opinion.store import Rater, Store
from srgan_tf.opinion.study import SCORES, WORDS, Study, image_path, load_study
from srgan_tf.stopping import interrupts

LARGEST_BODY = 1024  # bytes; a rating takes about 60
THREADS = 8  # requests at a time; each waits for the disk, not for the processor

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' blob:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    # A token is part of the address. "no-referrer" would make forms hide the origin from this server too.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cache-Control": "no-store",
}


@dataclass(frozen=True)
class Limits:
    """Limits of the rates of requests, in the notation of the library `limits`.

    Attributes:
      session: requests to one rater's session; an image takes about three.
      address: requests from one network address; several raters may share it.
      joining: new raters from one address.
      guessing: requests from one address for what does not exist, tokens above all.
    """

    session: str = "30 per second"
    address: str = "300 per second"
    joining: str = "60 per hour"
    guessing: str = "60 per minute"


def create_app(study: Study, store: Store, limits: Limits = Limits()) -> Flask:
    """Returns the application.

    Args:
      study: what is rated.
      store: its database.
      limits: of the rates of requests.

    Returns:
      A WSGI application.
    """
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    app.json.sort_keys = False
    limiter = Limiter(
        get_remote_address,
        app=app,
        application_limits=[limits.address],
        strategy="moving-window",
        storage_uri="memory://",
    )
    per_session = limiter.shared_limit(limits.session, "session", key_func=_token_or_address)
    not_guessing = limiter.shared_limit(
        limits.guessing, "guessing", deduct_when=lambda response: response.status_code == 404
    )

    def rater_of(token: str) -> Rater:
        rater = store.rater(token)
        if rater is None:
            abort(404)
        return rater

    @app.before_request
    def refuse_other_origins() -> None:
        if request.method == "POST":
            origin = request.headers.get("Origin")
            if origin is not None and urlsplit(origin).netloc != request.host:
                abort(403)

    @app.after_request
    def add_headers(response: Response) -> Response:
        response.headers.update(HEADERS)
        return response

    @app.get("/")
    def welcome() -> str:
        total = len(study.examples) + len(study.versions)
        minutes = max(1, round(total * session.USUAL_SECONDS / 60))
        return render_template("welcome.html", study=study, minutes=minutes)

    @app.post("/raters")
    @limiter.limit(limits.joining)
    def join() -> Response:
        return redirect(url_for("show_session", token=store.join()), 303)

    @app.get("/r/<token>")
    @per_session
    @not_guessing
    def show_session(token: str) -> str:
        rater_of(token)
        scale = tuple(zip(SCORES, WORDS, strict=True))
        return render_template("session.html", study=study, scale=scale, address=request.base_url)

    @app.get("/r/<token>/state")
    @per_session
    @not_guessing
    def show_state(token: str) -> dict:
        return session.state(study, store, rater_of(token))

    @app.post("/r/<token>/rate")
    @per_session
    @not_guessing
    def rate(token: str) -> dict:
        rater = rater_of(token)
        key, score = _asked("key"), _asked("score")
        if type(score) is not int or score not in SCORES:
            abort(400)
        counted = session.rate(study, store, rater, key, score)
        return {"counted": counted, **session.state(study, store, rater_of(token))}

    @app.post("/r/<token>/undo")
    @per_session
    @not_guessing
    def undo(token: str) -> dict:
        counted = session.undo(study, store, rater_of(token), _asked("key"))
        return {"counted": counted, **session.state(study, store, rater_of(token))}

    @app.get("/r/<token>/image/<key>")
    @per_session
    @not_guessing
    def show_image(token: str, key: str) -> Response:
        found = session.find(study, rater_of(token), key)
        if found is None:
            abort(404)
        # Read and sent as bytes: a file's name, time or tag has no way into the response.
        return Response(image_path(study.root, found.id).read_bytes(), mimetype="image/png")

    @app.errorhandler(HTTPException)
    def explain(error: HTTPException) -> tuple[str, int, dict[str, str]]:
        headers = {"Retry-After": "1"} if error.code == 429 else {}
        return render_template("error.html", error=error), error.code or 500, headers

    return app


def serve(root: Path, host: str, port: int) -> None:
    """Serves a study until Ctrl-C or SIGTERM.

    Args:
      root: the study's directory.
      host: the address to listen at; "0.0.0.0" is all of this machine's.
      port: 0 takes a free one.

    Raises:
      UsageError: there is no such study, or the address cannot be listened at.
      Stopped: always, in the end; every acknowledged rating is on disk at any time.
    """
    study = load_study(root)
    store = Store(study.ratings)
    try:
        server = waitress.create_server(
            create_app(study, store),
            host=host,
            port=port,
            threads=THREADS,
            ident=None,
            max_request_header_size=16 * 1024,
            max_request_body_size=LARGEST_BODY,
            connection_limit=500,
            channel_timeout=60,
        )
    except (OSError, ValueError) as error:
        raise UsageError(f"cannot listen at {host}:{port}: {error}; give another --host or --port") from None
    # That requests wait a moment when many raters press at once is no news.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    with interrupts() as came:
        shown = local_address() if host == "0.0.0.0" else host
        print(f"{study.title}: {len(study.versions)} images and {len(study.examples)} for calibration")
        print(f"open to raters at http://{shown}:{server.effective_port}/ (Ctrl-C stops)", flush=True)
        server.run()  # takes KeyboardInterrupt as the request to finish
    store.close()
    raise Stopped(came[-1], f"stopped; all ratings are in {study.ratings}")


def local_address() -> str:
    """Returns the machine's address in the local network, or 127.0.0.1 where there is none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # of RFC 5737: chooses a route, sends nothing
        except OSError:
            return "127.0.0.1"
        return probe.getsockname()[0]


def _asked(name: str) -> object:
    """Returns a value of the request's JSON; a key that no page can have sent is refused."""
    content = request.get_json()
    value = content.get(name) if isinstance(content, dict) else None
    if name == "key" and not (isinstance(value, str) and re.fullmatch(r"[\w-]{0,24}", value, re.ASCII)):
        abort(400)
    return value


def _token_or_address() -> str:
    """Returns what the limit of a session counts by; `guessing` counts made-up tokens."""
    return (request.view_args or {}).get("token", "")[:32] or get_remote_address()
