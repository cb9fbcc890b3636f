"""`python -m experiments.methods`: nine methods on the benchmarks, Table 2 and Figure 2 of the paper."""

from pathlib import Path

from experiments.command import check_ready, experiment_command, run_experiment, typed

ABOUT = """\
The nine methods of the paper on the benchmarks: Table 2 (values beside the published ones) and the plate of
Figure 2 (bicubic, SRResNet, SRGAN and HR).

  python -m experiments.methods --benchmarks=DIR

Nothing is trained: the networks are the released ones, or those of --models. A second call computes only what
has changed."""

METHODS = ("nearest", "bicubic", "SRCNN", "SelfExSR", "DRCN", "ESPCN", "SRResNet", "SRGAN")
"""In the order of Table 2, under their names in `srgan_tf.published`."""
ALONE = {"nearest": "nearest", "bicubic": "bicubic", "SelfExSR": "selfexsr"}
"""Methods that no weights belong to, and their names in `evaluate.py --methods`."""
RELEASED = "SRCNN=srcnn,DRCN=drcn,ESPCN=espcn,SRResNet=srresnet,SRGAN=srgan"
PLATE = "methods_crops.jpg"
SIDE, SHOWN = 96, 3
NOTE = (
    "Measured under protocol `paper`, and in brackets as published. NIQE is measured with the packaged "
    "parameters: the lower, the more natural."
)


def main() -> int:
    """Evaluates the methods and writes the page; returns 1 where it has to do without something."""
    command = experiment_command(ABOUT)
    command.add("vgg_weights", str, "Adds the distance of VGG-19 features, as evaluate.py does.", default="")
    command.add(
        "models",
        str,
        "NAME=WEIGHTS,...: networks in place of the released ones, each a released name, a weights file or a "
        "run directory.",
        shown=RELEASED,
    )
    command.add("study", str, "Folder of an opinion test that has been rated: adds its scores.")
    command.add("report", str, "Folder that keeps images and values.", default="runs/methods/report")
    command.parse()
    out = check_ready(command["out"], "methods", PLATE, benchmarks=command["benchmarks"])

    from experiments.crops import detailed_crops
    from experiments.networks import facts_of, given_networks, network_table, other_kinds
    from experiments.page import save_crops, write_page
    from experiments.scores import datasets_in, opinions_of, score_tables, scored

    networks = tuple(name for name in METHODS if name not in ALONE)
    models = given_networks(RELEASED, networks) | given_networks(command["models"] or "", networks)
    benchmarks, report = (Path(command[name]).expanduser() for name in ("benchmarks", "report"))
    published = {ALONE.get(name, name): name for name in METHODS} | {"HR": "HR"}
    opinions = opinions_of(command["study"], published, datasets_in(benchmarks))
    listed = [f"{name}={models[name]}" if name in models else ALONE[name] for name in METHODS]
    found = scored([*listed, f"HR={benchmarks}"], benchmarks, report, vgg_weights=command["vgg_weights"])
    evaluation = found.evaluation
    save_crops(detailed_crops(evaluation, report, ("bicubic", "SRResNet", "SRGAN"), SIDE, SHOWN), out / PLATE)
    # A baseline of another size than its paper's, or with a teacher, says so.
    variants = {name: facts_of(name, models[name]).variant for name in ("SRCNN", "DRCN", "ESPCN")}
    labels = {name: text for name, text in variants.items() if text.startswith((f"{name} (", f"{name},"))}
    labels |= {method: name for name, method in ALONE.items()}
    parts = [
        "## Table 2",
        NOTE,
        score_tables(evaluation, published, opinions, labels),
        "## Figure 2",
        f"![The same crops of bicubic, SRResNet, SRGAN and HR]({PLATE})",
        "## The networks",
        network_table(models),
    ]
    differences = [
        "The networks are ours, each with the training of the table at the end; the paper took images that "
        "the authors of SRCNN, SelfExSR, DRCN and ESPCN had made.",
        "SelfExSR is our own program after its paper. Its authors' differs from their paper here and there.",
        *other_kinds(models),
        *([] if opinions else ["No people were asked: MOS is the published one alone."]),
        *found.missing,
    ]
    page = write_page(
        out,
        "methods",
        "Methods",
        "Table 2 and Figure 2 of Ledig et al. (CVPR 2017): nine methods on three datasets, upscaled by four.",
        typed("methods"),
        differences,
        "\n\n".join(parts),
    )
    print(f"{page} and {out / PLATE}")
    return 1 if found.missing else 0


def run() -> None:
    """Runs the command as a process of its own."""
    run_experiment(main)


if __name__ == "__main__":
    run()
