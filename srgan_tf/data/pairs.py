"""Pairs of HR and LR images in two folders, as other projects keep them."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from srgan_tf.data.scan import Source, file_key, scan, short_hash
from srgan_tf.data.sources import open_folder
from srgan_tf.errors import UsageError
from srgan_tf.images import image_names


def open_pairs(hr: str, lr: str, scale: int, *, min_size: int = 0, cache: Path | None = None) -> Source:
    """Returns the HR images of one folder with their LR images of another.

    The LR of `a/b.png` is `a/b`, `a/bx4` (as in DIV2K) or `a/b_x4` with any image's suffix, and that of
    `b_HR.png` may be `b_LR`. Its sides are those of the HR image divided by the scale, rounded down: HR
    counts as cropped at the bottom and right to multiples of the scale.

    Args:
      hr: the folder of HR images.
      lr: the folder of LR images.
      scale: the factor.
      min_size: HR images with a side below this are left out, and their LR with them.
      cache: a directory for the findings; None keeps nothing.

    Raises:
      UsageError: a folder is missing, an image has no partner, or a pair's sizes do not fit.
    """
    root = Path(lr).expanduser()
    if not Path(hr).expanduser().is_dir():
        raise UsageError(
            f"{hr} is no folder, and {lr} holds LR images: expected a folder of HR and one of LR images"
        )
    if not root.is_dir():
        raise UsageError(f"{lr} is no folder: expected the LR images of {hr}")
    source = open_folder(hr, min_size=min_size, cache=cache)
    partners = _partners(image_names(Path(hr).expanduser()), image_names(root), hr, lr, scale)
    paths = [root / partners[name] for name in source.names]
    kept = cache and cache / f"images-{short_hash(str(root.resolve()))}.json"
    names, keys = [partners[name] for name in source.names], [file_key(path) for path in paths]
    small = scan(lr, names, lambda i: paths[i].read_bytes(), keys=keys, cache=kept)
    if small.skipped:
        raise UsageError(f"{small.summary()}; repair them, or remove them and their HR")
    for i, name in enumerate(source.names):
        height, width = (int(sides[i]) // scale for sides in (source.heights, source.widths))
        found = int(small.heights[i]), int(small.widths[i])
        if found != (height, width):
            raise UsageError(
                f"{root / names[i]} is {found[1]}x{found[0]}, and {name} {source.widths[i]}x"
                f"{source.heights[i]}: expected {width}x{height} at --scale={scale}"
            )
    both = f"{len(source)} images, {short_hash(source.checksum + small.checksum)}"
    return dataclasses.replace(source, lr=small, checksum=both)


def _partners(hr: Sequence[str], lr: Sequence[str], hr_root: str, lr_root: str, scale: int) -> dict[str, str]:
    """Returns the LR image of each HR image, by name."""
    by_stem: dict[str, list[str]] = {}
    for name in lr:
        by_stem.setdefault(_stem(name), []).append(name)
    found = {name: [n for stem in _stems(_stem(name), scale) for n in by_stem.get(stem, [])] for name in hr}
    alone = [name for name, names in found.items() if not names]
    if alone:
        stems = " or ".join(_stems(_stem(alone[0]), scale)[:2])
        raise UsageError(
            f"{_some(alone)} of {hr_root} without LR in {lr_root}: expected {stems}, with any image's suffix"
        )
    for name, names in found.items():
        if len(names) > 1:
            raise UsageError(f"{name} of {hr_root} has several LR in {lr_root}: {', '.join(names)}; keep one")
    used = {names[0] for names in found.values()}
    alone = [name for name in lr if name not in used]
    if alone:
        raise UsageError(f"{_some(alone)} of {lr_root} without HR in {hr_root}: remove them, or add their HR")
    return {name: names[0] for name, names in found.items()}


def _stems(stem: str, scale: int) -> list[str]:
    stems = [stem, f"{stem}x{scale}", f"{stem}_x{scale}"]
    return [*stems, f"{stem[:-2]}LR"] if stem.endswith("HR") else stems


def _stem(name: str) -> str:
    return PurePosixPath(name).with_suffix("").as_posix()


def _some(names: Sequence[str], examples: int = 3) -> str:
    """Counts images and names the first ones: "4 images (a.png, b.png, c.png, ...)"."""
    more = ", ..." if len(names) > examples else ""
    return f"{len(names)} images ({', '.join(names[:examples])}{more})"
