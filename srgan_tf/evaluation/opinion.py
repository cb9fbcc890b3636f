"""An error that names the command `srgan-opinion`."""

from srgan_tf.command_line import run_command
from srgan_tf.errors import UsageError


def main() -> None:
    """Refuses to run under this name."""
    raise UsageError("the opinion test is run by srgan-opinion or by python -m srgan_tf.opinion")


if __name__ == "__main__":
    run_command(main, tensorflow=False)
