"""One epoch on 1, 2, 5, 10 and 20 times as many examples: memory should stay flat, time grow in line.

    python benchmarks/scaling.py
    python benchmarks/scaling.py --factors 1 2 5 --json scaling.json

Writes generated images of 32x32 pixels into a decode cache of its own, 64,000 of them (200 MB) for
each factor, and trains a small network on them for one epoch by `dltrain`'s own loop, each time in
a new process, with `data.resident: false` (or what --resident says). Reports the peak of the
anonymous memory (RssAnon: what the process itself holds, which the system cannot take back) and of all
resident memory, which has the pages of the mapped file in it as long as nobody else needs the room;
the time of the epoch; and how much either grows from the smallest set to the largest. Linux only.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np

from dltrain.config.load import load_text
from dltrain.data import dataset
from dltrain.data.decode_cache import load_or_decode
from dltrain.data.rows import Array, Decodable, Rows
from dltrain.runs.run_dir import RunDir
from dltrain.training.interrupt import Interrupt
from dltrain.training.run import Request, train_run
from machine import machine
from unwatched import Unwatched

NAME = "cifar10"  # whose shape and classes the generated set has
SHAPE = (32, 32, 3)
EXAMPLES = 64_000  # 197 MB
TEST_EXAMPLES = 512
ROWS_AT_ONCE = 1_000
SECONDS_BETWEEN_SAMPLES = 0.05
SETTINGS: dict[str, Any] = {
    "model": {"name": "cnn", "filters": [8, 8], "pool_size": 4, "norm": "none", "dropout": 0.0},
    "train": {"epochs": 1, "precision": "float32", "jit": False, "checkpoint_seconds": None},
}


class Generated:
    """A loader of random images with random labels, made piece by piece."""

    def __init__(self, examples: int) -> None:
        self._examples = examples

    def source_key(self, data_dir: Path, *, offline: bool) -> str:
        """Another number of examples is another set."""
        del data_dir, offline
        return f"generated {self._examples}"

    def decode(self, data_dir: Path) -> Decodable:
        """Images of noise."""
        del data_dir
        return {"train": _columns(self._examples, 0), "test": _columns(TEST_EXAMPLES, 1)}


def _columns(count: int, seed: int) -> dict[str, Array | Rows]:
    def pieces() -> Iterator[Array]:
        random = np.random.default_rng(seed)
        for start in range(0, count, ROWS_AT_ONCE):
            rows = min(ROWS_AT_ONCE, count - start)
            yield random.integers(0, 256, (rows, *SHAPE), np.uint8)

    labels = np.random.default_rng(seed + 2).integers(0, 10, count, np.int32)
    return {"inputs": Rows((count, *SHAPE), np.uint8, pieces), "labels": labels}


class Memory:
    """The largest memory of this process, sampled while a block runs."""

    def __enter__(self) -> Self:
        self.peaks = dict.fromkeys(("RssAnon", "VmRSS"), 0.0)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._sample)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _sample(self) -> None:
        while not self._over.wait(SECONDS_BETWEEN_SAMPLES):
            status = Path("/proc/self/status").read_text(encoding="ascii")
            for name in self.peaks:
                found = re.search(rf"{name}:\s+(\d+) kB", status)
                mib = int(found[1]) / 1024 if found else 0.0
                self.peaks[name] = max(self.peaks[name], mib)


def measure(factor: int, resident: str, folder: Path) -> dict[str, Any]:
    """Train one epoch on so many times the examples; the set is already there."""
    dataset.LOADERS[NAME] = Generated(factor * EXAMPLES)
    values = {"auto": "auto", "true": True, "false": False}
    data = {"name": NAME, "batch_size": 128, "validation": 512, "resident": values[resident]}
    settings = {**SETTINGS, "data": data}
    run = RunDir(folder / f"run-{factor}")
    run.path.mkdir()
    experiment = load_text(json.dumps(settings), "scaling").experiment
    request = Request(experiment=experiment, run=run, data_dir=folder, offline=True, provenance={})
    started = time.perf_counter()
    with Memory() as memory:
        train_run(request, Unwatched(), Interrupt())
    line = json.loads(run.metrics.read_text(encoding="utf-8").splitlines()[0])
    return {
        "factor": factor,
        "examples": factor * EXAMPLES,
        "set_mib": round(factor * EXAMPLES * np.prod(SHAPE) / 2**20),
        "resident": "resident: true" in run.config.read_text(encoding="utf-8"),  # not auto
        "peak_anonymous_mib": round(memory.peaks["RssAnon"]),
        "peak_resident_mib": round(memory.peaks["VmRSS"]),
        "epoch_seconds": round(line["timing"]["seconds"], 2),
        "whole_seconds": round(time.perf_counter() - started, 2),
    }


def in_new_process(arguments: list[str], folder: Path) -> str:
    """This program again, with the cache in the folder; gives what it prints."""
    environment = {**os.environ, "DLTRAIN_CACHE_DIR": str(folder / "cache")}
    command = [sys.executable, __file__, *arguments, "--folder", str(folder)]
    return subprocess.run(  # noqa: S603 - this program
        command, env=environment, check=True, stdout=subprocess.PIPE, text=True
    ).stdout


def report(rows: list[dict[str, Any]], facts: dict[str, Any]) -> dict[str, Any]:
    """The rows, with how they grow from the first to the last, and the machine's facts."""
    first, last = rows[0], rows[-1]
    grown = last["peak_anonymous_mib"] - first["peak_anonymous_mib"]
    per_example = [row["epoch_seconds"] / row["examples"] for row in (first, last)]
    return {
        "machine": facts,
        "rows": rows,
        "anonymous_mib_grown": grown,
        "mib_added_to_the_set": last["set_mib"] - first["set_mib"],
        "seconds_per_example_last_over_first": round(per_example[1] / per_example[0], 3),
    }


def main() -> None:
    """Write each set, train on it, delete it, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--factors", nargs="+", type=int, default=[1, 2, 5, 10, 20])
    parser.add_argument("--resident", choices=["auto", "true", "false"], default="false")
    parser.add_argument("--json", type=Path, help="write the figures here")
    parser.add_argument("--folder", type=Path, help="where the sets lie meanwhile")
    parser.add_argument("--part", choices=["write", "train"], help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.part:
        part(arguments)
        return
    print(f"{'':>4}{'set MiB':>9}{'anonymous':>11}{'resident':>10}{'epoch s':>9}   peaks in MiB")
    rows, facts = [], machine()
    for factor in arguments.factors:
        with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
            options = ["--factors", str(factor), "--resident", arguments.resident]
            in_new_process([*options, "--part", "write"], Path(folder))
            row = json.loads(in_new_process([*options, "--part", "train"], Path(folder)))
        rows.append(row)
        print(
            f"{factor:>3}x{row['set_mib']:>9}{row['peak_anonymous_mib']:>11}"
            f"{row['peak_resident_mib']:>10}{row['epoch_seconds']:>9.1f}",
            flush=True,
        )
    found = report(rows, facts)
    print(json.dumps({key: found[key] for key in list(found)[2:]}, indent=1))
    if arguments.json:
        arguments.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


def part(arguments: argparse.Namespace) -> None:
    """What one process does: write a set, or train on it and print a row."""
    factor, folder = arguments.factors[0], arguments.folder
    if arguments.part == "write":
        loader = Generated(factor * EXAMPLES)
        key = loader.source_key(folder, offline=True)
        load_or_decode(NAME, key, lambda: loader.decode(folder))
        return
    print(json.dumps(measure(factor, arguments.resident, folder)))


if __name__ == "__main__":
    main()
