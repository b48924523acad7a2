"""The memory of one long training, sampled from outside: it should not grow.

    python benchmarks/memory_over_time.py --minutes 120 --json memory.json --plot memory.png

Trains a small network with everything that keeps something (dropout, batch normalisation,
averaging, augmentation, accumulation, validation, checkpoints by the clock) on the embedded
digits, for that long, in one process. Prints the resident memory of the process in each tenth of the
time, and its growth per hour by a straight line through the second half. Linux only; the plot
needs matplotlib.
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

SECONDS_BETWEEN_SAMPLES = 5.0
FEWEST_SAMPLES = 20
CONFIG = """\
model: {name: cnn, filters: [16, 32], norm: batch, dropout: 0.2}
data: {name: digits, batch_size: 64, augmentation: {translate: 1}}
optimizer: {name: adamw, learning_rate: 1e-3, clip_norm: 1.0}
train:
  epochs: 1000000
  ema: 0.99
  accumulation: 2
  checkpoint_seconds: 10
  keep_checkpoints: 2
  early_stopping: {patience: 1000000}
"""
Samples = list[tuple[float, float]]


def sample(command: list[str], log: Path, live: Path | None) -> tuple[Samples, int]:
    """Run a command; (seconds, MiB resident) while it runs, and its exit code."""
    samples: Samples = []
    started = time.monotonic()
    with log.open("w") as file, subprocess.Popen(command, stdout=file, stderr=file) as process:  # noqa: S603 - our own
        while process.poll() is None:
            samples.append((time.monotonic() - started, resident_mib(process.pid)))
            if live is not None:
                live.write_text(as_json({"samples": samples}))
            time.sleep(SECONDS_BETWEEN_SAMPLES)
    return samples[:-1], process.returncode  # the last one is of a process that ends


def as_json(content: dict[str, Any]) -> str:
    """One line, the samples rounded."""
    rounded = [(round(seconds, 1), round(mib, 2)) for seconds, mib in content["samples"]]
    return json.dumps({**content, "samples": rounded}) + "\n"


def resident_mib(process: int) -> float:
    """Resident memory of a process, 0 when it is gone."""
    try:
        pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def growth_per_hour(samples: Samples) -> float:
    """MiB per hour, by the straight line of least squares."""
    line = statistics.linear_regression(*zip(*samples, strict=True))
    return line.slope * 3600


def report(samples: Samples) -> dict[str, Any]:
    """Medians of each tenth of the time, and the growth in the second half."""
    tenth = len(samples) // 10
    medians = [
        round(statistics.median(mib for _, mib in samples[first : first + tenth]), 1)
        for first in range(0, tenth * 10, tenth)
    ]
    second_half = samples[len(samples) // 2 :]
    return {
        "minutes": round(samples[-1][0] / 60, 1),
        "median_mib_by_tenth": medians,
        "growth_mib_per_hour_second_half": round(growth_per_hour(second_half), 2),
    }


def plot(samples: Samples, path: Path) -> None:
    """Resident memory over time."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - only a plot needs it

    figure = Figure(figsize=(7, 3), layout="constrained")
    axes = figure.subplots()
    axes.plot([seconds / 60 for seconds, _ in samples], [mib for _, mib in samples], linewidth=1)
    axes.set(xlabel="minutes", ylabel="resident memory, MiB", ylim=(0, None))
    axes.grid(alpha=0.3)
    figure.savefig(path, dpi=120)


def main() -> None:
    """Train, sample, tell."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=120)
    parser.add_argument("--json", type=Path, help="every sample, written as it is taken")
    parser.add_argument("--plot", type=Path, help="draw it here")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "memory.yaml").write_text(CONFIG)
        command = [sys.executable, "-m", "dltrain", "run", str(folder / "memory.yaml")]
        command += ["--set", f"train.max_seconds={arguments.minutes * 60}"]
        command += ["--run-dir", str(folder / "run"), "--offline"]
        samples, code = sample(command, folder / "log", arguments.json)
        if code:
            raise SystemExit((folder / "log").read_text())
        if len(samples) < FEWEST_SAMPLES:
            raise SystemExit("that was too short to say anything")
        summary = json.loads((folder / "run" / "summary.json").read_text())
        metrics_bytes = (folder / "run" / "metrics.jsonl").stat().st_size
    found = {
        **report(samples),
        "epochs": summary["epochs"],
        "steps": summary["steps"],
        "metrics_bytes": metrics_bytes,
    }
    print(json.dumps(found, indent=1))
    if arguments.json:
        arguments.json.write_text(as_json({**found, "samples": samples}))
    if arguments.plot:
        plot(samples, arguments.plot)


if __name__ == "__main__":
    main()
