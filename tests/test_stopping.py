import signal
from pathlib import Path

import pytest

from srgan_tf.stopping import interrupts
from tests.helpers import write_images


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_both_signals_interrupt_the_block_and_only_the_block(number):
    before = signal.getsignal(number)
    with pytest.raises(KeyboardInterrupt), interrupts() as came:
        signal.raise_signal(number)
    assert came == [number]
    assert signal.getsignal(number) is before


CTRL_C = """
import contextlib, os, pathlib, signal, sys, threading
from srgan_tf.command_line import run_command
from srgan_tf.data.pack import main

def interrupt_workers_that_start():
    children = pathlib.Path(f"/proc/self/task/{os.getpid()}/children")
    while True:
        for child in children.read_text().split():
            with contextlib.suppress(OSError):  # TensorFlow's start has children that are gone at once
                if pathlib.Path(f"/proc/{child}/cmdline").read_bytes().endswith(b"--multiprocessing-fork\\0"):
                    os.killpg(0, signal.SIGINT)
                    return

if __name__ == "__main__":
    os.setpgid(0, 0)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    threading.Thread(target=interrupt_workers_that_start, daemon=True).start()
    run_command(main, tensorflow=False)
"""


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="children are looked up in /proc")
def test_ctrl_c_while_workers_start_is_one_line(started, tmp_path):
    write_images(tmp_path / "images", 8)
    options = ("--images_per_shard=1", "--min_size=8", "--workers=2")
    process = started("-c", CTRL_C, str(tmp_path / "images"), str(tmp_path / "packed"), *options)
    text, _ = process.communicate(timeout=120)
    assert (process.returncode, text) == (130, "stopped; the same command goes on\n")
