import errno
import subprocess
import sys

import pytest

from srgan_tf.errors import Stopped, UsageError, WorkError, exit_code


def raising(error):
    def main():
        raise error

    return main


@pytest.mark.parametrize(
    ("main", "code", "text"),
    [
        (lambda: None, 0, ""),
        (lambda: 1, 1, ""),
        (raising(UsageError("wrong flag")), 2, "error: wrong flag\n"),
        (raising(WorkError("no luck")), 1, "error: no luck\n"),
        (
            raising(OSError(errno.ENOSPC, "No space left on device", "a/b")),
            1,
            "error: a/b: No space left on device\n",
        ),
        (raising(OSError(errno.EROFS, "Read-only file system")), 1, "error: Read-only file system\n"),
        (raising(Stopped(15, "saved")), 143, "saved\n"),
        (raising(Stopped(2, "saved")), 130, "saved\n"),
        (raising(KeyboardInterrupt()), 130, "interrupted\n"),
    ],
)
def test_exit_codes(capsys, main, code, text):
    assert exit_code(main) == code
    assert capsys.readouterr().err == text


def test_a_fault_of_the_program_keeps_its_traceback():
    with pytest.raises(ZeroDivisionError):
        exit_code(lambda: 1 // 0)
    with pytest.raises(FileNotFoundError):
        exit_code(raising(FileNotFoundError(errno.ENOENT, "No such file", "a")))


@pytest.mark.parametrize(
    "program",
    [
        "main = lambda: print('long ' * 100_000)",
        "main = lambda: [print('line', flush=True) for _ in range(100_000)] and 0",
        "from srgan_tf.command_line import CommandLine\n"
        "main = lambda: CommandLine('help ' * 100_000).parse(['x', '--help'])",
    ],
)
def test_output_that_is_cut_ends_the_command_quietly(program):
    program = f"import sys\nfrom srgan_tf.errors import exit_code\n{program}\nsys.exit(exit_code(main))"
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    process.stdout.read(1)
    process.stdout.close()  # as `head` does
    assert process.stderr.read() == ""
    assert process.wait() == 141
