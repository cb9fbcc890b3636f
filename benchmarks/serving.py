"""Load test: many clients at once, mixed sizes, garbage among good requests, over REST and gRPC.

    python -m benchmarks.serving --model=exported/srgan/1 --clients=8 --requests=200
    python -m benchmarks.serving --url=grpc://localhost:8500 --clients=8 --requests=200

With --model it starts the stand-in server on this machine, so that server and clients share
its cores; with --url it loads a TensorFlow Serving that runs. Every good answer is compared with the answer
to the same image asked alone, so that one that is lost, mixed up or changed is counted. Prints latency
percentiles.
"""

import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path

import numpy as np
from skimage import data

from benchmarks.stand_in import serving
from srgan_tf.command_line import CommandLine
from srgan_tf.errors import UsageError, WorkError, exit_code
from srgan_tf.serving.protocols import connect
from srgan_tf.serving.server import Patience, Server, ServerError
from srgan_tf.serving.upscaler import Facts, Requests, ask_about, upscale

SIZES = ((24, 24), (24, 24), (32, 48), (41, 37), (64, 64))
GARBAGE = (b"", b"garbage", b"\x89PNG\r\n\x1a\n" + bytes(40), b"\xff\xd8\xff" + bytes(200))
GARBAGE_SHARE = 0.2
SEED = 0


def main() -> None:
    command = CommandLine(__doc__)
    command.add("model", str, "a SavedModel to serve with the stand-in", default="")
    command.add("url", str, "a running server instead", default="")
    command.add("clients", int, "requests at a time", default=8)
    command.add("requests", int, "in all, per protocol", default=200)
    command.parse()
    if bool(command["model"]) == bool(command["url"]):
        raise UsageError("give either --model=DIR/VERSION or --url=ADDRESS")
    started = serving(Path(command["model"])) if command["model"] else nullcontext()
    with started as stand_in:
        failures = 0
        for url in [stand_in.http, stand_in.grpc] if stand_in else [command["url"]]:
            failures += load(url, command["clients"], command["requests"])
    if failures:
        raise WorkError(f"{failures} requests went wrong")


def load(url: str, clients: int, count: int) -> int:
    """Loads one address; gives the number of requests that went wrong."""
    server = connect(url, "srgan", 120)
    facts = ask_about(server, Patience())
    images = [cut(size, i) for i, size in enumerate(SIZES * 4)]
    alone = [upscale(server, facts, image) for image in images]
    kinds = np.random.default_rng(SEED).uniform(size=count) < GARBAGE_SHARE

    def ask(index: int) -> tuple[str, float]:
        began = time.perf_counter()
        verdict = garbage(server, index) if kinds[index] else good(server, facts, images, alone, index)
        return verdict, time.perf_counter() - began

    began = time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        results = list(pool.map(ask, range(count)))
    seconds = time.perf_counter() - began
    verdicts = Counter(verdict for verdict, _ in results)
    times = [1000 * t for verdict, t in results if verdict == "right"]
    p50, p90, p99 = np.percentile(times, [50, 90, 99]) if times else (np.nan,) * 3
    print(f"{url.split(':')[0]}: {clients} clients, {count} requests in {seconds:.1f} s, {dict(verdicts)}")
    print(
        f"  latency of good requests, ms: p50 {p50:.0f}, p90 {p90:.0f}, p99 {p99:.0f}, max {max(times):.0f}"
    )
    return count - verdicts["right"] - verdicts["garbage refused"]


def cut(size: tuple[int, int], index: int) -> np.ndarray:
    """Returns a crop of an image, another one for each index."""
    top, left = (int(v) for v in np.random.default_rng(index).integers(0, 400, 2))
    return data.astronaut()[top : top + size[0], left : left + size[1]]


def good(server: Server, facts: Facts, images: list, alone: list, index: int) -> str:
    which = index % len(images)
    try:
        sr = upscale(server, facts, images[which], Requests(concurrency=1))
    except WorkError as error:
        return f"lost: {error}"
    # Sums in another order may round a value between two levels differently.
    close = sr.shape == alone[which].shape and np.abs(sr.astype(int) - alone[which]).max() <= 1
    return "right" if close else "wrong image"


def garbage(server: Server, index: int) -> str:
    files = np.empty(1, object)
    files[0] = GARBAGE[index % len(GARBAGE)]
    try:
        server.predict("serving_default", {"image_bytes": files})
    except ServerError as error:
        return "garbage refused" if error.code == "INVALID_ARGUMENT" else f"garbage: {error.code}"
    return "garbage answered"


if __name__ == "__main__":
    sys.exit(exit_code(main))
