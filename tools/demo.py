"""`python -m tools.demo`: what released models, or a run, do to photographs they have not seen."""

import sys
from pathlib import Path

from srgan_tf.errors import UsageError, exit_code
from srgan_tf.quiet import start_tensorflow

USAGE = "usage: python -m tools.demo RUN_DIR, or python -m tools.demo released PICTURE.png"


def main() -> None:
    """Prints the table and says where the picture is."""
    arguments = sys.argv[1:]
    released = arguments[:1] == ["released"]
    if len(arguments) != 1 + released:
        raise UsageError(USAGE)
    start_tensorflow()
    from srgan_tf.evaluation.trained import compare_released, compare_run
    from srgan_tf.models.pretrained import names

    if released:
        path = Path(arguments[1])
        path.parent.mkdir(parents=True, exist_ok=True)
        means = compare_released([name for name in ("srresnet", "srgan") if name in names()], path)
    else:
        means, path = compare_run(Path(arguments[0]))
    print(f"\n{'held-out photographs':<22}PSNR, dB    SSIM   (Y, protocol `community`)")
    for name, (psnr, ssim) in means.items():
        print(f"{name:<22}{psnr:8.2f}  {ssim:6.4f}")
    print(f"\npictures side by side: {path}", flush=True)


if __name__ == "__main__":
    sys.exit(exit_code(main))
