"""Progress in a log and in a terminal."""

import os
import re
import sys
import termios

from srgan_tf.progress import note, progress


def work(**options):
    with progress(3, unit="image", desc="packing", **options) as bar:
        for _ in range(3):
            bar.update()
    note("done")


def test_a_log_gets_lines_with_the_time_and_no_bar(capsys):
    work(every=0)
    text = capsys.readouterr().err
    lines = text.splitlines()
    assert "\r" not in text
    assert len(lines) == 3
    for line, end in zip(lines, ["packing: 1/3 images, ", "packing: 2/3 images, ", "done"], strict=True):
        assert re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d " + end, line)
    work()
    assert len(capsys.readouterr().err.splitlines()) == 1, "short work says nothing of its progress"


def test_a_terminal_gets_a_bar(monkeypatch):
    outside, inside = os.openpty()
    termios.tcsetwinsize(inside, (24, 100))
    with os.fdopen(inside, "w") as terminal:
        monkeypatch.setattr(sys, "stderr", terminal)
        work()
        text = ""
        while "done" not in text:
            text += os.read(outside, 10_000).decode()
    os.close(outside)
    assert "packing:" in text
    assert "\r" in text
