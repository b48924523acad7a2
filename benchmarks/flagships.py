"""The record of a shipped config: several seeds, each timed from its process's start to its exit.

    python benchmarks/flagships.py configs/mnist_cnn.yaml --seeds 0 1 2

Each seed is one `dltrain run` of its own, one after the other; the config's own validation
chooses, and the test set is read once, at the end. A run that is there already is set aside
and trained anew, for its seconds are part of the record. Prints every seed, the mean and the spread
(the deviation of a sample), and writes benchmarks/results/flagships/NAME.json with the
curves, for docs/performance.md. `--set` and `--name` make the record of a variant.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from machine import machine

RESULTS = Path(__file__).with_name("results") / "flagships"


def trained(config: Path, seed: int, run: Path, settings: list[str]) -> dict[str, Any]:
    """One seed: its figures, its curve and its times in seconds."""
    changes = [word for setting in settings for word in ("--set", setting)]
    command = [sys.executable, "-m", "dltrain", "run", str(config), "--offline"]
    started = time.perf_counter()
    subprocess.run(  # noqa: S603 - this project's own command
        [*command, "--fresh", "--seed", str(seed), "--run-dir", str(run), *changes], check=True
    )
    wall = time.perf_counter() - started
    summary = json.loads((run / "summary.json").read_text(encoding="utf-8"))
    return {
        "seed": seed,
        "wall_seconds": round(wall, 2),
        "training_seconds": round(summary["seconds"], 2),
        "validation": summary["validation"],
        "test": summary["test"],
        "curve": curve(run / "metrics.jsonl"),
    }


def curve(metrics: Path) -> list[dict[str, float | None]]:
    """After each epoch the seconds of training so far and the accuracies."""
    seconds, points = 0.0, []
    for line in metrics.read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        seconds += record["timing"]["seconds"]
        validation = record.get("validation") or {}
        points.append(
            {
                "seconds": round(seconds, 2),
                "train_accuracy": record["train"]["accuracy"],
                "validation_accuracy": validation.get("accuracy"),
            }
        )
    return points


def summed_up(seeds: list[dict[str, Any]]) -> dict[str, Any]:
    """Mean and spread of every test figure and of the times."""
    columns = {f"test.{key}": [seed["test"][key] for seed in seeds] for key in seeds[0]["test"]}
    for key in ("wall_seconds", "training_seconds"):
        columns[key] = [seed[key] for seed in seeds]
    return {
        key: {
            "mean": statistics.mean(values),
            "spread": statistics.stdev(values) if len(values) > 1 else None,
            "values": values,
        }
        for key, values in columns.items()
        if all(isinstance(value, int | float) for value in values)
    }


def main() -> None:
    """Train the seeds, print the record, write it down."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("config", type=Path)
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--set", dest="settings", action="append", default=[])
    parser.add_argument("--name", help="of the record; that of the config when absent")
    parser.add_argument("--runs", type=Path, default=Path("runs/flagships"))
    parser.add_argument("--results", type=Path, default=RESULTS)
    arguments = parser.parse_args()
    name = arguments.name or arguments.config.stem
    facts = machine()  # before the trainings, for the load that was there without them
    seeds = [
        trained(arguments.config, seed, arguments.runs / name / str(seed), arguments.settings)
        for seed in arguments.seeds
    ]
    record = {
        "config": arguments.config.as_posix(),
        "set": arguments.settings,
        "machine": facts,
        "summary": summed_up(seeds),
        "seeds": seeds,
    }
    for key, figures in record["summary"].items():
        spread = "" if figures["spread"] is None else f" ± {figures['spread']:.4f}"
        print(f"{key:<28}{figures['mean']:.4f}{spread}   {figures['values']}")
    arguments.results.mkdir(parents=True, exist_ok=True)
    target = arguments.results / f"{name}.json"
    target.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
