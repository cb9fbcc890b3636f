"""An error that names the command `srgan-niqe`."""

from srgan_tf.command_line import run_command
from srgan_tf.errors import UsageError


def main() -> None:
    """Refuses to run under this name."""
    raise UsageError("NIQE is run by srgan-niqe or by python -m srgan_tf.metrics.niqe")


if __name__ == "__main__":
    run_command(main, tensorflow=False)
