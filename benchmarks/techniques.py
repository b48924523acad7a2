"""What each technique gives, one at a time: a base config, and the same with one thing changed.

    python benchmarks/techniques.py cifar --seeds 0 1

Trains the base of a table (benchmarks/techniques/*.yaml) and each of its variants with every
seed, by `dltrain run`, and prints validation accuracies beside those of the base. Finished runs
are kept under `--runs` and not trained again. The test set has no part in it: each run ends with
a look at as many test examples as the base's `data.evaluation_limit` leaves, and that figure
is never read here.
"""

import argparse
import json
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from machine import machine

TABLES = Path(__file__).with_name("techniques")
BASE = "base"


def validation_accuracy(table: Path, settings: list[str], seed: int, run: Path) -> float:
    """Train one variant, unless it is trained already; gives the best validation accuracy."""
    changes = [word for setting in settings for word in ("--set", setting)]
    command = [sys.executable, "-m", "dltrain", "run", str(table.with_suffix(".config.yaml"))]
    subprocess.run(  # noqa: S603 - this project's own command
        [*command, "--seed", str(seed), "--run-dir", str(run), *changes],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    summary = json.loads((run / "summary.json").read_text(encoding="utf-8"))
    return float(summary["validation"]["accuracy"])


def row(name: str, figures: list[float], base: list[float]) -> dict[str, Any]:
    """A variant's figures and its mean difference from the base, seed by seed."""
    return {
        "variant": name,
        "validation_accuracy": figures,
        "mean": statistics.mean(figures),
        "difference": statistics.mean(a - b for a, b in zip(figures, base, strict=True)),
    }


def main() -> None:
    """Train a table and print it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    tables = sorted(path.name.split(".")[0] for path in TABLES.glob("*.variants.yaml"))
    parser.add_argument("table", choices=tables)
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1])
    parser.add_argument("--only", nargs="+", help="these variants, and the base")
    parser.add_argument("--runs", type=Path, default=Path("runs/techniques"))
    parser.add_argument("--json", type=Path, help="write the figures here")
    arguments = parser.parse_args()
    table = TABLES / arguments.table
    variants: dict[str, list[str]] = yaml.safe_load(table.with_suffix(".variants.yaml").read_text())
    facts = machine()  # before the trainings, for the load that was there without them
    rows: list[dict[str, Any]] = []
    for name, settings in {BASE: [], **variants}.items():
        if arguments.only and name not in (BASE, *arguments.only):
            continue
        folder = arguments.runs / arguments.table / name.replace(" ", "_")
        figures = [
            validation_accuracy(table, settings, seed, folder / str(seed))
            for seed in arguments.seeds
        ]
        rows.append(row(name, figures, rows[0]["validation_accuracy"] if rows else figures))
        shown = "  ".join(f"{100 * figure:5.2f}" for figure in figures)
        print(f"{name:<34}{shown}   {100 * rows[-1]['difference']:+.2f}", flush=True)
    if arguments.json:
        content = {"machine": facts, "seeds": arguments.seeds, "rows": rows}
        arguments.json.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
