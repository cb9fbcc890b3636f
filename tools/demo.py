"""`python -m tools.demo`: what released models, or a run, do to photographs they have not seen."""

from pathlib import Path

from srgan_tf.command_line import CommandLine, run_command
from srgan_tf.errors import UsageError

ABOUT = """\
Shows what a run, or the released models, make of photographs that they have not seen:

  python -m tools.demo RUN_DIR
  python -m tools.demo released IMAGE.png"""


def main() -> None:
    """Prints the table and says where the picture is."""
    arguments = CommandLine(ABOUT, "RUN_DIR|released [IMAGE.png]").parse()
    released = arguments[0] == "released"
    if len(arguments) != 1 + released:
        raise UsageError("expected RUN_DIR, or released IMAGE.png (--help says more)")
    from srgan_tf.evaluation.trained import compare_released, compare_run
    from srgan_tf.models.weights import names

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
    run_command(main)
