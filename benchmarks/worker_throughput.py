"""Examples per second of one process and of several workers on this machine, and what they say.

    python benchmarks/worker_throughput.py configs/mnist_mlp_fast.yaml configs/mnist_cnn.yaml \
        configs/mnist_lstm.yaml configs/mnist_transformer.yaml

Trains each config on generated data: in one process on all cores, then with `--workers` processes
that divide the cores among them, as `dltrain launch` starts them, and again, in turns. Each
process builds what `dltrain run` builds, makes one epoch that compiles, then times further
epochs of `--steps` steps. In the same process it then times the sum of the gradients over the workers alone,
a vector as long as all weights, in a compiled loop as in training: that is the communication.
Prints medians over all turns, the ratio, and the part of a step that is communication.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from dltrain.cli.worker_shares import reserved_ports, usable_core_shares
from dltrain.config.load import load_config
from dltrain.runs.cluster import Cluster
from dltrain.runs.meeting import REUSE_PORT
from dltrain.runs.run_dir import RunDir
from dltrain.training.interrupt import Interrupt
from dltrain.training.loop import Loop
from dltrain.training.prepare import prepare
from dltrain.training.request import Request
from dltrain.training.state import EpochSums
from parity import this_worker
from unwatched import Unwatched


def measure(config: Path, cluster: Cluster, steps: int, turns: int) -> dict[str, Any]:
    """Milliseconds of a step, turn by turn, and of one sum over the workers."""
    batch_size = load_config(config).experiment.data.batch_size
    assert isinstance(batch_size, int), "a config whose batch is all examples has no steps to time"
    settings = [
        "data.synthetic=true",
        f"data.limit={steps * batch_size}",
        "train.checkpoint_seconds=null",
        f"train.epochs={turns + 1}",
    ]
    with tempfile.TemporaryDirectory() as folder:
        request = Request(
            experiment=load_config(config, settings).experiment,
            run=RunDir(Path(folder)),
            data_dir=Path(folder),
            offline=True,
            provenance={},
            cluster=cluster,
        )
        loop = prepare(request, Unwatched(), Interrupt())
        times = [_epoch(loop) for _ in range(turns + 1)][1:]  # the first compiles
        sums = [] if cluster.is_alone else _sums(loop, steps, turns)
    made = loop.plan.steps_per_epoch
    return {
        "config": config.stem,
        "workers": cluster.count,
        "batch_size": batch_size,
        "weights": sum(int(np.prod(v.shape)) for v in loop.learner.model.trainable_variables),
        "step": [1000 * seconds / made for seconds in times],
        "sum": [1000 * seconds for seconds in sums],
    }


def _epoch(loop: Loop) -> float:
    state = loop.state
    state.sums, state.step, state.step_in_epoch = EpochSums(), 0, 0
    started = time.perf_counter()
    loop._train_epoch(loop._steps)  # noqa: SLF001 - the part under measurement
    return time.perf_counter() - started


def _sums(loop: Loop, count: int, turns: int) -> list[float]:
    """Seconds of one sum over all workers of a vector as long as the gradients, turn by turn."""
    strategy = loop.team.strategy
    length = sum(int(np.prod(v.shape)) for v in loop.learner.model.trainable_variables)

    def loop_of_sums(vector: tf.Tensor) -> tf.Tensor:
        def once(done: tf.Tensor, total: tf.Tensor) -> Any:
            return done + 1, strategy.reduce(
                "SUM", total / strategy.num_replicas_in_sync, axis=None
            )

        return tf.while_loop(
            lambda done, _: done < count, once, (tf.constant(0), vector), parallel_iterations=1
        )

    sums = tf.function(loop_of_sums, autograph=False)
    vector, taken = tf.ones([length]), []
    for _ in range(turns + 1):
        started = time.perf_counter()
        sums(vector)[1].numpy()
        taken.append((time.perf_counter() - started) / count)
    return taken[1:]


def run_workers(config: Path, workers: int, arguments: argparse.Namespace) -> dict[str, Any]:
    """Measure with so many processes; gives what the first has seen.

    Raises:
        SystemExit: one of them failed.
    """
    cores = usable_core_shares(workers)
    before = os.sched_getaffinity(0)
    processes = []
    with reserved_ports(workers) as ports:
        addresses = ",".join(f"localhost:{port}" for port in ports)
        command = [sys.executable, __file__, str(config), "--addresses", addresses]
        command += ["--steps", str(arguments.steps), "--turns", str(arguments.turns)]
        for index in range(workers):
            os.sched_setaffinity(0, cores[index] if cores else before)
            processes.append(
                subprocess.Popen(  # noqa: S603 - this program
                    [*command, "--index", str(index)],
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    env={**os.environ, REUSE_PORT: "1"},
                    text=True,
                )
            )
        os.sched_setaffinity(0, before)
        outputs = [process.communicate()[0] for process in processes]
    if any(process.returncode for process in processes):
        sys.exit(f"{config} with {workers} workers: a process failed; run it by itself to see why")
    found: dict[str, Any] = json.loads(outputs[0].splitlines()[-1])
    return found


def compare(config: Path, arguments: argparse.Namespace) -> dict[str, Any]:
    """One process and several workers in turns."""
    one: list[float] = []
    several: list[float] = []
    sums: list[float] = []
    for _ in range(arguments.rounds):
        one += run_workers(config, 1, arguments)["step"]
        found = run_workers(config, arguments.workers, arguments)
        several, sums = several + found["step"], sums + found["sum"]
    return {**found, "one": one, "step": several, "sum": sums}


def main() -> None:
    """Measure every config and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("configs", nargs="+", type=Path)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--steps", type=int, default=100, help="of each turn")
    parser.add_argument("--turns", type=int, default=5, help="in each process")
    parser.add_argument("--rounds", type=int, default=2, help="starts of each arrangement")
    parser.add_argument("--json", type=Path, help="write every single time here")
    parser.add_argument("--addresses", help=argparse.SUPPRESS)
    parser.add_argument("--index", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.index is not None:
        own = this_worker(arguments.addresses, arguments.index)
        found = measure(arguments.configs[0], own, arguments.steps, arguments.turns)
        print(json.dumps(found))
        return
    print(f"{'config':<20}{'weights':>9}{'one':>9}{arguments.workers:>9}{'ratio':>7}{'sums':>13}")
    results = []
    for config in arguments.configs:
        result = compare(config, arguments)
        results.append(result)
        one, several, total = (statistics.median(result[key]) for key in ("one", "step", "sum"))
        rates = [1000 * result["batch_size"] / each for each in (one, several)]
        print(
            f"{result['config']:<20}{result['weights']:>9,}{rates[0]:>9,.0f}{rates[1]:>9,.0f}"
            f"{one / several:>7.2f}{total:>8.2f} ms {total / several:>4.0%}",
            flush=True,
        )
    if arguments.json:
        arguments.json.write_text(json.dumps(results) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
