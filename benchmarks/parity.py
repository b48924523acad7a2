"""One device, several replicas, several workers: how far apart are their curves?

    python benchmarks/parity.py
    python benchmarks/parity.py --models mlp cnn --shapes one workers:2 --json parity.json

Trains the same small config of each family on one device, on 2 and 3 mirrored replicas of one
process, and on 2 and 3 workers, which are processes on this machine: in float32 without XLA and
without random layers, with batch norm where the family has it (mlp, cnn, crnn), clipping by the norm,
a running average of the weights, gradient accumulation, augmentation and a ragged last batch, for 3
epochs on the digits inside scikit-learn. Prints the largest relative difference of any logged loss (training, validation, and
the test of the chosen checkpoint) from one device's, and whether all accuracies are equal.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dltrain.cli.worker_shares import reserved_ports
from dltrain.config.load import load_text
from dltrain.runs.cluster import ALONE, Cluster
from dltrain.runs.meeting import REUSE_PORT
from dltrain.runs.run_dir import RunDir
from dltrain.training.interrupt import Interrupt
from dltrain.training.run import Request, train_run
from unwatched import Unwatched

SHAPES = ("one", "mirrored:2", "mirrored:3", "workers:2", "workers:3")
MODELS: dict[str, dict[str, Any]] = {
    "mlp": {"name": "mlp", "hidden_units": [32, 16], "norm": "batch"},
    "cnn": {"name": "cnn", "filters": [8, 16], "norm": "batch"},
    "lstm": {"name": "lstm", "units": [16], "bidirectional": True},
    "crnn": {"name": "crnn", "units": [16], "filters": [8], "norm": "batch"},
    "transformer": {"name": "transformer", "dim": 16, "depth": 2, "heads": 2},
}
BATCH_SIZE = 48  # for 2 and 3 replicas, and two parts on each
LIMIT = 48 * 8 + 43  # so the last batch has 43 examples: ragged for every shape
TRAIN = {
    "epochs": 3,
    "ema": 0.9,
    "accumulation": 2,
    "jit": False,
    "precision": "float32",
    "steps_per_call": 4,
}
# Blank pixels have gradients that are nothing but rounding. With Adam's usual epsilon they would
# become steps of full size, in either direction.
OPTIMIZER = {"learning_rate": 3e-3, "clip_norm": 1.0, "epsilon": 1e-3}


def settings(model: str, shape: str) -> dict[str, Any]:
    """One config of a family; but for who shares the work it is the same for every shape."""
    kind, _, number = shape.partition(":")
    name = {"one": "one_device", "mirrored": "mirrored", "workers": "multi_worker"}[kind]
    return {
        "model": {**MODELS[model], "dropout": 0.0},
        "data": {
            "name": "digits",
            "limit": LIMIT,
            "batch_size": BATCH_SIZE,
            "validation": 300,
            "augmentation": {"translate": 1},
        },
        "train": TRAIN,
        "optimizer": OPTIMIZER,
        "distribution": {"name": name, "replicas": int(number or 1)},
    }


def train_all(models: list[str], shape: str, folder: Path, cluster: Cluster) -> None:
    """Train every family in this process, which is one worker of the shape."""
    for model in models:
        path = folder / shape.replace(":", "-") / model
        path.mkdir(parents=True, exist_ok=True)
        request = Request(
            experiment=load_text(json.dumps(settings(model, shape)), "parity").experiment,
            run=RunDir(path),
            data_dir=folder,
            offline=True,
            provenance={},
            cluster=cluster,
        )
        train_run(request, Unwatched(), Interrupt())


def start_shape(models: list[str], shape: str, folder: Path) -> None:
    """Train every family under one shape, in processes of its own.

    Raises:
        SystemExit: one of them failed.
    """
    kind, _, number = shape.partition(":")
    count = int(number) if kind == "workers" else 1
    log = folder / f"{shape.replace(':', '-')}.log"
    with log.open("w", encoding="utf-8") as stream, reserved_ports(count) as ports:
        addresses = ",".join(f"localhost:{port}" for port in ports)
        command = [sys.executable, __file__, "--models", *models, "--shapes", shape]
        command += ["--folder", str(folder), "--addresses", addresses]
        processes = [
            subprocess.Popen(  # noqa: S603 - this program
                [*command, "--index", str(index)],
                stderr=stream,
                env={**os.environ, REUSE_PORT: "1"},
            )
            for index in range(count)
        ]
        while all(process.poll() in (None, 0) for process in processes) and any(
            process.poll() is None for process in processes
        ):
            time.sleep(0.1)
        for process in processes:
            process.kill()  # those that wait for one that has failed
        codes = [process.wait() for process in processes]
    if any(codes):
        print(log.read_text(encoding="utf-8")[-3000:], file=sys.stderr)
        sys.exit(f"{shape}: the processes ended with {codes}")


def this_worker(addresses: str, index: int) -> Cluster:
    """Who this process is, as the program that started it says."""
    names = tuple(addresses.split(","))
    return Cluster(index=index, count=len(names), addresses=names) if len(names) > 1 else ALONE


def logged(folder: Path, shape: str, model: str) -> list[tuple[str, dict[str, float]]]:
    """Every figure that a training has logged, in order."""
    path = folder / shape.replace(":", "-") / model
    lines = (path / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    found = []
    for line in map(json.loads, lines):
        found += [(split, line[split]) for split in ("train", "validation")]
    summary = json.loads((path / "summary.json").read_text(encoding="utf-8"))
    return [*found, ("test", summary["test"])]


def compare(folder: Path, models: list[str], shapes: list[str]) -> Iterator[dict[str, Any]]:
    """Each family under each other shape, beside one device."""
    for model in models:
        one = logged(folder, shapes[0], model)
        for shape in shapes[1:]:
            other = logged(folder, shape, model)
            pairs = [(ours, theirs) for (_, ours), (_, theirs) in zip(one, other, strict=True)]
            yield {
                "model": model,
                "shape": shape,
                "figures": len(pairs),
                "largest_difference": max(
                    abs(theirs["loss"] - ours["loss"]) / abs(ours["loss"]) for ours, theirs in pairs
                ),
                "accuracies_equal": all(
                    theirs["accuracy"] == ours["accuracy"] for ours, theirs in pairs
                ),
                "test_loss": one[-1][1]["loss"],
            }


def main() -> None:
    """Train all, compare, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", nargs="+", choices=MODELS, default=list(MODELS))
    parser.add_argument("--shapes", nargs="+", choices=SHAPES, default=list(SHAPES))
    parser.add_argument("--json", type=Path, help="write the figures here")
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--addresses", help=argparse.SUPPRESS)
    parser.add_argument("--index", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.index is not None:
        own = this_worker(arguments.addresses, arguments.index)
        train_all(arguments.models, arguments.shapes[0], arguments.folder, own)
        return
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with tempfile.TemporaryDirectory() as folder:
        for shape in arguments.shapes:
            start_shape(arguments.models, shape, Path(folder))
        rows = list(compare(Path(folder), arguments.models, arguments.shapes))
    for row in rows:
        equal = "accuracies equal" if row["accuracies_equal"] else "ACCURACIES DIFFER"
        print(
            f"{row['model']:<12} {row['shape']:<11} {row['largest_difference']:.1e}  {equal}"
            f"  ({row['figures']} figures)"
        )
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
