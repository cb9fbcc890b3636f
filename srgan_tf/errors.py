"""The ways in which a command ends, and the one place that turns them into exit codes."""

import errno
import os
import sys
from collections.abc import Callable

NO_WRITING = frozenset(
    {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EFBIG, errno.EIO}
)
"""Errors of the operating system that are no faults of the program: a full, closed or failing disk."""


class UsageError(Exception):
    """Wrong use: a flag, a path or a combination that cannot work. Exit code 2, nothing written."""


class WorkError(Exception):
    """Right use, but the work failed: an unreadable image, a loss that is not finite. Exit code 1."""


class NotFiniteError(WorkError):
    """A training stopped because a loss or a gradient was not finite: its network does not learn."""


class Stopped(Exception):  # noqa: N818 - an end that was asked for, not an error
    """The user or the system asked to stop, and everything is saved.

    Args:
      signal_number: the signal that asked (2 for Ctrl-C, 15 for SIGTERM); the exit code is 128 above it.
    """

    def __init__(self, signal_number: int, message: str) -> None:
        super().__init__(message)
        self.signal_number = signal_number


def exit_code(main: Callable[[], int | None]) -> int:
    """Runs a command and returns its exit code; what the user did wrong is one line on stderr.

    Args:
      main: the command. Its return value is the exit code; None counts as 0.

    Returns:
      0 for success, 1 for work that failed, 2 for wrong use, 128 + signal for a requested stop. Output that
      nobody reads to its end, as with `| head`, counts as SIGPIPE, 141.
    """
    try:
        code = _ended(main)
        sys.stdout.flush()
    except BrokenPipeError:
        # Python flushes both once more at its end, which would print a traceback.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.dup2(nowhere, sys.stderr.fileno())
        return 128 + 13
    return code


def _ended(main: Callable[[], int | None]) -> int:
    try:
        return main() or 0
    except SystemExit as end:  # after --help
        return int(end.code or 0)
    except UsageError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except WorkError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        if error.errno not in NO_WRITING:
            raise
        place = error.filename2 or error.filename
        print(f"error: {f'{place}: ' if place else ''}{error.strerror}", file=sys.stderr)
        return 1
    except Stopped as stop:
        print(str(stop), file=sys.stderr)
        return 128 + stop.signal_number
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
