"""What writing a checkpoint costs, as a part of the training time between two of them.

    python benchmarks/checkpoint_cost.py configs/digits_cnn.yaml configs/mnist_mlp_fast.yaml

Builds each config's model and optimizer on generated data, writes a checkpoint of it again and
again as a training does (reading the variables, looking for what is not finite, sums, flushing to the
disk, deleting the one before), and prints the median time, its spread, the size, and what part of the
training time that is at `train.checkpoint_seconds` (30 seconds unless the config says
otherwise), or how far apart it makes them where it would be above a hundredth.
"""

import argparse
import json
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from dltrain.config.load import load_config
from dltrain.runs.run_dir import occupy
from dltrain.training.interrupt import Interrupt
from dltrain.training.loop import Loop
from dltrain.training.prepare import prepare
from dltrain.training.run import Request
from dltrain.training.saving import MOST_TIME_FOR_WRITING
from unwatched import Unwatched


def measure(config: Path, overrides: list[str], folder: Path, rounds: int) -> dict[str, Any]:
    """Milliseconds of each write and the bytes of one."""
    settings = [*overrides, "data.synthetic=true", f"train.epochs={rounds + 1}"]
    experiment = load_config(config, settings).experiment
    with occupy(folder / "run") as run:
        request = Request(
            experiment=experiment, run=run, data_dir=folder, offline=True, provenance={}
        )
        loop = prepare(request, Unwatched(), Interrupt())
        times = [_one_save(loop) for _ in range(rounds)]
        newest = max(run.checkpoints.glob("step-*"))
        size = sum(file.stat().st_size for file in newest.iterdir())
    return {
        "config": config.name,
        "set": overrides,
        "megabytes": round(size / 1e6, 2),
        "milliseconds": [round(1000 * seconds, 2) for seconds in times],
        "interval": experiment.train.checkpoint_seconds,
    }


def _one_save(loop: Loop) -> float:
    loop.state.step += 1
    started = time.perf_counter()
    loop.save()
    return time.perf_counter() - started


def line(found: dict[str, Any]) -> str:
    """One row of the table."""
    milliseconds = statistics.median(found["milliseconds"])
    least, most = min(found["milliseconds"]), max(found["milliseconds"])
    interval = found["interval"] or 30.0
    stretched = max(interval, milliseconds / 1000 / MOST_TIME_FOR_WRITING)
    part = milliseconds / 1000 / stretched
    return (
        f"{found['config']:<32} {found['megabytes']:8.2f} MB {milliseconds:8.1f} ms "
        f"({least:.1f} to {most:.1f})  {part:7.3%} of {stretched:.0f} s"
    )


def main() -> None:
    """Measure the configs given."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("configs", nargs="+", type=Path)
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--json", type=Path, help="write every single time here")
    arguments = parser.parse_args()
    results = []
    for config in arguments.configs:
        with tempfile.TemporaryDirectory(dir=".") as folder:
            results.append(measure(config, arguments.set, Path(folder), arguments.rounds))
        print(line(results[-1]), flush=True)
    if arguments.json:
        arguments.json.write_text(json.dumps(results) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
