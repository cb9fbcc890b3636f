"""`python -m experiments.evolution`: the same crops at growing numbers of updates, as in the supplement."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from experiments.command import OUT, PROTOCOL, check_ready, run_experiment, typed
from srgan_tf.command_line import CommandLine
from srgan_tf.errors import UsageError

if TYPE_CHECKING:
    from experiments.samples import Images, Samples

ABOUT = """\
The figure of the paper's supplement that shows how SRGAN changes as it is trained: the same crops at growing
numbers of updates, and under them the curves of the losses and of NIQE.

  python -m experiments.evolution --run=RUN_DIR

Nothing is trained: the images are those that train.py has left at each validation of the second phase."""

CROPS, CURVES = "evolution_crops.jpg", "evolution_curves.png"
SIDE, COLUMNS, MAGNIFY = 96, 6, 2
"""Of a window in pixels, how many stages are shown, and the factor by which windows grow."""


def main() -> int:
    """Gathers what a run has left and writes the page; returns 1 where it has to do without something."""
    command = CommandLine(ABOUT)
    command.add("run", str, "Run directory of train.py that has a second phase.", needed=True)
    command.add(
        "weights",
        str,
        "Weights that came of the run, a released name or a file: one more column, made from the same LR.",
    )
    command.add(
        "benchmarks",
        str,
        "Folder that holds a folder of HR images for each dataset: adds a table of PSNR, SSIM and NIQE of "
        "the steps shown whose weights the run has kept.",
    )
    command.add(
        "report",
        str,
        "Folder that keeps the images and values of --benchmarks.",
        shown="runs/evolution/report",
    )
    command.add("out", str, "Folder of the page, its plots and its crops.", default=OUT)
    command.parse()
    if command["report"] and not command["benchmarks"]:
        raise UsageError("--report has no effect without --benchmarks")
    out = check_ready(command["out"], "evolution", CROPS, CURVES, benchmarks=command["benchmarks"])

    from experiments.evolution_page import (
        differences,
        draw_curves,
        kept_note,
        mean_of,
        niqe_note,
        step_table,
    )
    from experiments.page import save_crops, write_page
    from experiments.samples import check_sizes, growing, naturalness, samples_of, start_of, upscaled
    from experiments.scores import datasets_in
    from srgan_tf.progress import note

    if command["benchmarks"]:
        datasets_in(Path(command["benchmarks"]).expanduser())  # before other work
    samples = samples_of(command["run"])
    start, without_start = start_of(samples)
    if without_start:
        note(f"without the start: {without_start}")
    try:
        hr: Images = {name: hr for name, (_, hr) in samples.pairs.items()}
    except UsageError as error:
        hr = {}
        note(f"without HR: {error}")
    columns: dict[str, Images] = {"start": start} if start else {}
    columns |= {f"step {step:,}": samples.images(step) for step in samples.steps}
    check_sizes(samples.names, [*([hr] if hr else []), *columns.values()])
    further = Path(command["weights"] or "").name
    if further in (*columns, "start", "HR"):
        further = f"{further} of --weights"
    if command["weights"]:
        columns[further] = upscaled(samples, command["weights"])
    if hr:
        columns["HR"] = hr

    recorded = samples.curve("val_niqe")
    measured = {}
    if not recorded:
        values = naturalness(list(columns.values()), samples.names)
        measured = dict(zip(columns, values, strict=True))
    niqes = recorded or {s: v for s in samples.steps if (v := mean_of(measured[f"step {s:,}"])) is not None}
    shown = growing(samples.steps, COLUMNS - bool(start))
    table, missing = _benchmarks(samples, shown, command) if command["benchmarks"] else ("", ())

    kept = [name for name in columns if not name.startswith("step ")]
    others = {name: mean_of(measured.get(name, {})) for name in kept}
    titles = [t for t in columns if t in kept or t in {f"step {step:,}" for step in shown}]
    save_crops(_rows(samples.names, columns, titles, measured), out / CROPS, magnify=MAGNIFY)
    draw_curves(samples, niqes, others, out / CURVES)
    done, steps = samples.done, samples.config.steps
    far = f", step {done:,} of {steps:,}" if done < steps else ""
    parts = [
        "## The same crops",
        f"![Windows of {len(samples.names)} images at {', '.join(titles)}]({CROPS})",
        f"Windows of {SIDE} pixels or less, magnified by {MAGNIFY}, where the last column has the most "
        f"detail. A step counts updates of the generator in the second phase. {kept_note(samples.config)}",
        "## Losses and NIQE",
        f"![Curves of the losses and of NIQE over the updates]({CURVES})",
        niqe_note(samples, bool(recorded)),
        step_table(samples, niqes, others),
        *([f"## Benchmarks\n\n{table}"] if table else []),
    ]
    page = write_page(
        out,
        "evolution",
        f"SRGAN while it is trained{far}",
        "A figure of the supplement of Ledig et al. (CVPR 2017): how the same crops change with the updates "
        "of SRGAN, which starts from SRResNet.",
        typed("evolution"),
        [*differences(samples, command["weights"], further, without_start), *missing],
        "\n\n".join(parts),
    )
    print(f"{page}, {out / CROPS} and {out / CURVES}{far}")
    return 1 if missing else 0


def _rows(
    names: Sequence[str],
    columns: Mapping[str, "Images"],
    titles: Sequence[str],
    measured: Mapping[str, Mapping[str, float]],
) -> list:
    """The windows of every image and its versions, as `experiments.page.save_crops` takes them."""
    from experiments.samples import pixels
    from srgan_tf.evaluation.comparison import Version, busiest_window

    rows = []
    for name in names:
        images = {title: pixels(columns[title][name]) for title in titles}
        last = images[titles[-1]]
        window = busiest_window(last, min(SIDE, *(length // 2 for length in last.shape[:2])))
        versions = []
        for title, image in images.items():
            niqe = measured.get(title, {}).get(name)
            versions.append(Version(title, f"NIQE {niqe:.2f}" if niqe is not None else "", image))
        rows.append((window, versions))
    return rows


def _benchmarks(
    samples: "Samples", shown: Sequence[int], command: CommandLine
) -> tuple[str, tuple[str, ...]]:
    """A table of the steps shown whose weights are kept, and of the further weights; and what it lacks."""
    from experiments.scores import scored
    from srgan_tf.evaluation.tables import number, summaries
    from srgan_tf.markdown import markdown_table
    from srgan_tf.run_directory import step_name

    files = {step: samples.run.weights / f"{step_name(step)}.keras" for step in shown}
    methods = {f"step_{step}": str(file) for step, file in files.items() if file.is_file()}
    titles = {f"step_{step}": f"step {step}" for step in shown}
    if command["weights"]:
        methods["weights"] = command["weights"]
        titles["weights"] = Path(command["weights"]).stem
    if not methods:
        return "The run has kept the weights of none of the steps shown.", ()
    found_in = scored(
        [f"{name}={weights}" for name, weights in methods.items()],
        Path(command["benchmarks"]).expanduser(),
        Path(command["report"] or "runs/evolution/report").expanduser(),
    )
    evaluation = found_in.evaluation
    means = summaries(evaluation)
    niqe = "; NIQE with the packaged parameters" if "NIQE" in evaluation.metrics else ""
    parts = [f"Protocol `paper`{niqe}."]
    for dataset in evaluation.datasets:
        rows = []
        for method in methods:
            found = [(m, means.get((PROTOCOL, dataset, method, m))) for m in evaluation.metrics]
            rows.append([titles[method], *(number(f.mean, m) if f else "-" for m, f in found)])
        parts.append(markdown_table([dataset, "PSNR, dB", "SSIM", *evaluation.metrics[2:]], rows))
    return "\n\n".join(parts), found_in.missing


def run() -> None:
    """Runs the command as a process of its own."""
    run_experiment(main)


if __name__ == "__main__":
    run()
