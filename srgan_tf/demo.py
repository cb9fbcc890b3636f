"""`python -m srgan_tf.demo RUN_DIR`: what a run has learned, as a table and pictures side by side."""

import sys
from pathlib import Path

from srgan_tf.errors import UsageError, exit_code
from srgan_tf.quiet import start_tensorflow


def main() -> None:
    """Prints the table and says where the picture is."""
    if len(sys.argv) != 2:
        raise UsageError("usage: python -m srgan_tf.demo RUN_DIR")
    start_tensorflow()
    from srgan_tf.evaluation.trained import compare

    means, path = compare(Path(sys.argv[1]))
    print(f"\n{'held-out photographs':<22}PSNR, dB    SSIM   (Y, protocol `community`)")
    for name, (psnr, ssim) in means.items():
        print(f"{name:<22}{psnr:8.2f}  {ssim:6.4f}")
    print(f"\npictures side by side: {path}")


if __name__ == "__main__":
    sys.exit(exit_code(main))
