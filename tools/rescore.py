"""`python -m tools.rescore FIGURES.json`: newly measured figures go to the cards of the released models."""

import json
from pathlib import Path
from typing import Any

from srgan_tf.command_line import CommandLine, run_command
from srgan_tf.errors import UsageError
from srgan_tf.files import write_text

ABOUT = """\
Takes the figures that evaluate.py found and keeps them where tools.gallery reads them:

  python evaluate.py --benchmarks=DIR --methods=bicubic,srgan,srgan-mobile-int8=FILE.tflite \\
      --niqe=photographs --features=FILE.keras --report=report
  python -m tools.rescore report/figures.json

Those of a released model go to its card, those of NAME-FORM to the card of NAME as another form of it, and
those of other methods to tools/references.json. Figures that were not measured anew stay."""
REFERENCES = Path(__file__).parent / "references.json"
FORMS = {"int8": "full int8 TFLite"}
"""What follows a model's name in the name of a method, and how tables call it."""

Figures = dict[str, dict[str, dict[str, float]]]
"""By protocol, dataset and figure."""


def measured(path: Path) -> dict[str, Figures]:
    """Returns the means of a figures.json by method; without those of infinite PSNR.

    Raises:
      UsageError: the file is none that evaluate.py wrote.
    """
    try:
        means = json.loads(path.read_text(encoding="utf-8"))["means"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{path}: no figures.json of evaluate.py ({error})") from error
    found: dict[str, Figures] = {}
    for mean in means:
        if isinstance(mean["mean"], float):  # not "inf"
            of = found.setdefault(mean["method"], {}).setdefault(mean["protocol"], {})
            of.setdefault(mean["data_set"], {})[mean["figure"]] = round(mean["mean"], 4)
    return found


def merged(old: Figures, new: Figures) -> Figures:
    """Returns figures with new ones in the place of old ones."""
    return {
        protocol: {
            dataset: old.get(protocol, {}).get(dataset, {}) | new.get(protocol, {}).get(dataset, {})
            for dataset in old.get(protocol, {}) | new.get(protocol, {})
        }
        for protocol in old | new
    }


def main() -> None:
    """Reads the file and writes the cards and the references."""
    (path,) = CommandLine(ABOUT, "FIGURES.json").parse()
    from srgan_tf.models.weights import RELEASED, card, names

    found = measured(Path(path))
    others: dict[str, Any] = json.loads(REFERENCES.read_text("utf-8")) if REFERENCES.is_file() else {}
    for method, figures in found.items():
        name, _, form = method.rpartition("-")
        if method in names():
            facts = card(method)
            facts["figures"] = merged(facts["figures"], figures)
        elif name in names() and form in FORMS:
            method, facts = name, card(name)
            forms = facts.setdefault("forms", {})
            forms[FORMS[form]] = merged(forms.get(FORMS[form], {}), figures)
        else:
            others[method] = merged(others.get(method, {}), figures)
            continue
        write_text(RELEASED / f"{method}.json", json.dumps(facts, indent=2) + "\n")
    write_text(REFERENCES, json.dumps(others, indent=2) + "\n")
    print(f"figures of {', '.join(found)}")


if __name__ == "__main__":
    run_command(main)
