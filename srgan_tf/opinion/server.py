"""Opens a study to a local network, through the waitress server."""

import logging
import signal
import socket
import types
from pathlib import Path

import waitress

from srgan_tf.errors import Stopped, UsageError
from srgan_tf.opinion.store import Store
from srgan_tf.opinion.study import load_study
from srgan_tf.opinion.web import LARGEST_BODY, create_app

THREADS = 8  # requests at a time; each waits for the disk, not for the processor


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
    received = [signal.SIGINT]

    def stop(number: int, _frame: types.FrameType | None) -> None:
        received[0] = number
        raise KeyboardInterrupt  # which waitress takes as the request to finish

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    shown = local_address() if host == "0.0.0.0" else host
    print(f"{study.title}: {len(study.pictures)} pictures and {len(study.examples)} for calibration")
    print(f"open to raters at http://{shown}:{server.effective_port}/ (Ctrl-C stops)", flush=True)
    server.run()
    store.close()
    raise Stopped(received[0], f"stopped; all ratings are in {study.ratings}")


def local_address() -> str:
    """The machine's address in the local network, or 127.0.0.1 where there is none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # of RFC 5737: chooses a route, sends nothing
        except OSError:
            return "127.0.0.1"
        return probe.getsockname()[0]
