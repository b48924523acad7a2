"""How many seeds of the tutorial's exclusive or are solved.

    python benchmarks/tutorials/xor_seeds.py --seeds 60

Trains `configs/tutorials/xor.yaml` with seeds 0, 1, 2, ..., all in this process because
starting one takes longer than a training; each ends with the weights that
`dltrain run configs/tutorials/xor.yaml --seed N` gives. Solved means that all four examples
are on the right side. `xor.py --seeds 60` is the same in NumPy.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

from rows import CONFIGS

from dltrain.config.load import load_config
from dltrain.runs.run_dir import occupy
from dltrain.training.interrupt import Interrupt
from dltrain.training.run import Request, train_run

sys.path.append(str(Path(__file__).resolve().parents[1]))  # what all benchmarks share

from unwatched import Unwatched


def accuracy_of(seed: int, folder: Path) -> float:
    """Train once; the part of the four examples that comes out right."""
    experiment = load_config(CONFIGS / "xor.yaml", [f"seed={seed}"]).experiment
    with occupy(folder / str(seed)) as run:
        request = Request(
            experiment=experiment, run=run, data_dir=folder, offline=True, provenance={}
        )
        summary = train_run(request, Unwatched(), Interrupt())
    return float(summary["train"]["accuracy"])


def main() -> None:
    """Print the accuracy of every seed, and how many are solved."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seeds", type=int, default=60)
    count = parser.parse_args().seeds
    solved = 0
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(count):
            accuracy = accuracy_of(seed, Path(folder))
            solved += accuracy == 1.0
            print(f"seed {seed:>3}  {accuracy:.0%}", flush=True)
    print(f"{solved} of {count} seeds are solved")


if __name__ == "__main__":
    main()
