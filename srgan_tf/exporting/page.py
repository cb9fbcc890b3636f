"""A page that upscales images in the browser with TFLite files of a generator."""

import json
import shutil
import subprocess
import tempfile
from importlib import resources
from pathlib import Path

import keras

from srgan_tf.errors import UsageError, WorkError
from srgan_tf.files import replacing, write_text
from srgan_tf.models.networks import config_of, receptive_radius

RUNTIME = "@litertjs/core@2.5.3"
RUNTIME_FILES = {
    "@litertjs/core/dist/index.js": "core/index.js",
    "@litertjs/core/wasm/litert_wasm_internal.js": "core/wasm/litert_wasm_internal.js",
    "@litertjs/core/wasm/litert_wasm_internal.wasm": "core/wasm/litert_wasm_internal.wasm",
    "@litertjs/core/wasm/litert_wasm_compat_internal.js": "core/wasm/litert_wasm_compat_internal.js",
    "@litertjs/core/wasm/litert_wasm_compat_internal.wasm": "core/wasm/litert_wasm_compat_internal.wasm",
    "@litertjs/wasm-utils/dist/index.js": "wasm-utils/index.js",
}
"""Files of Google's packages under `node_modules`, and their places beside the page: the loader, the
runtime for browsers with and without relaxed SIMD, and the helper that the loader imports."""
PAGE_FILES = ("index.html", "page.css", "page.js", "png.js", "upscale.js")


def write_page(
    output: Path,
    files: list[str],
    model: keras.Model,
    node_modules: Path | None = None,
    strengths: dict[float, list[str]] | None = None,
) -> None:
    """Writes the page and Google's LiteRT runtime beside it; at run time nothing comes from elsewhere.

    Args:
      output: the directory of the exported files; the page becomes its `index.html`.
      files: TFLite files in it, of fixed size, with float32 input and output, the preferred one first.
      model: the generator.
      node_modules: a directory with the runtime's packages; None fetches them with npm.
      strengths: files for each strength between which the user chooses, one of which has `files`; none where
        there is no choice.

    Raises:
      UsageError: the packages are not in that directory, or there is no npm.
      WorkError: npm could not fetch them.
    """
    with tempfile.TemporaryDirectory() as folder, replacing(output / "litert") as beside:
        modules = node_modules or _fetched(Path(folder))
        for source, target in RUNTIME_FILES.items():
            if not (modules / source).is_file():
                raise UsageError(
                    f"--node_modules={modules}: no {source} in it; make it with `npm install {RUNTIME}`"
                )
            (beside / target).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(modules / source, beside / target)
    settings = {"files": files, "scale": config_of(model).scale, "overlap": receptive_radius(model)}
    if strengths:
        settings["strengths"] = [{"strength": s, "files": names} for s, names in strengths.items()]
    write_text(output / "model.json", json.dumps(settings, indent=2) + "\n")
    for name in PAGE_FILES:
        source = resources.files("srgan_tf.exporting") / "page_files" / name
        write_text(output / name, source.read_text(encoding="utf-8"))


def _fetched(folder: Path) -> Path:
    """Fetches the runtime's packages from the npm registry."""
    npm = shutil.which("npm")
    if npm is None:
        raise UsageError(
            f"--formats=web fetches {RUNTIME} with npm, which is not installed; install Node.js, or give the "
            "packages with --node_modules"
        )
    done = subprocess.run(
        [npm, "install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", str(folder), RUNTIME],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if "npm error" in line] or ["no message"]
        raise WorkError(f"npm could not fetch {RUNTIME}: {said[0].removeprefix('npm error').strip()}")
    return folder / "node_modules"
