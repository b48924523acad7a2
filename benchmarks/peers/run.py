"""dltrain beside its peers on the same model, data, batch and precision, taking turns.

    python benchmarks/peers/run.py mlp seed_cnn
    python benchmarks/peers/run.py all --json benchmarks/results/peers.json

First every candidate trains some epochs alone, and the fastest of each family and precision is
kept: that search is part of what is written. Then those and the tutorial's way, batches of 32,
take turns, an epoch of the same examples each, each in a process of its own that has compiled
before. Ratios are medians over rounds of a peer's seconds over dltrain's in the same round.

The layers and the numbers trained are the same, which is checked. What differs: the values
weights begin with; Keras and dltrain shuffle on their own; PyTorch's own LSTM has a second bias
that is not trained here; dltrain keeps uint8 images and normalises them in the model, the others
get float32 from 0 to 1, as their guides do; dltrain alone is deterministic. All use every core.
"""

import argparse
import json
import statistics
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from environment import peer_versions, peers_python
from peers_table import print_table
from sides import FAMILIES, MODELS, Side, Work, candidates, dltrain_command, tutorial
from workers import Worker, ask

from dltrain.data.decode_cache import cache_root
from dltrain.runs.manifest import usable_cores

sys.path.append(str(Path(__file__).resolve().parents[1]))  # what all benchmarks share

from machine import machine

LENGTHS = {
    "mlp": 25_600,
    "seed_cnn": 12_800,
    "flagship_cnn": 1_024,
    "lstm": 2_560,
    "transformer": 1_280,
}
"""Examples in a turn: some seconds of the slowest."""


def compare(model: str, arguments: argparse.Namespace, python: Path) -> dict[str, Any]:
    """Search, then turns; prints the tables of one model and gives every single time."""
    settings = [f"data.limit={arguments.examples or LENGTHS[model]}", *arguments.set]
    with tempfile.TemporaryDirectory() as folder:
        work = Work(model, Path(folder), 0, usable_cores(), tuple(settings), python)
        facts = ask((*dltrain_command(work), "--arrays", folder))
        work = replace(work, batch_size=facts["batch_size"])
        sides = candidates(work)
        searched = {side.name: _search(side, arguments.search_epochs) for side in sides}
        kept = _best(sides, searched)
        rounds = _rounds([tutorial(work), *kept], arguments.rounds)
    result = {"model": model, **facts, "search_seconds": searched, **_judged(rounds, kept)}
    result["utilisation"] = _utilisation(result)
    print_table(result)
    return result


def _search(side: Side, epochs: int) -> float:
    """The least seconds of an epoch: what else the machine does only adds to them."""
    with Worker(side) as worker:
        seconds = min(worker.turn()["seconds"] for _ in range(epochs))
    print(f"  {side.name:<40}{seconds:>10.3f} s", flush=True)
    return seconds


def _best(sides: list[Side], searched: dict[str, float]) -> list[Side]:
    """The fastest of each family at all, and that in float32 where it is another."""
    kept = []
    for family in FAMILIES:
        own = sorted((s for s in sides if s.family == family), key=lambda s: searched[s.name])
        exact = next(side for side in own if side.precision == "float32")
        kept += [exact] if own[0] is exact else [exact, own[0]]
    return kept


def _rounds(sides: list[Side], rounds: int) -> dict[str, list[dict[str, Any]]]:
    """All turns of all sides.

    Raises:
        SystemExit: the sides do not train the same number of parameters.
    """
    with ExitStack() as stack:
        workers = [stack.enter_context(Worker(side)) for side in sides]
        counts = {worker.side.name: worker.parameters for worker in workers}
        if len(set(counts.values())) > 1:
            raise SystemExit(f"the models are not the same: parameters {counts}")
        turns: dict[str, list[dict[str, Any]]] = {side.name: [] for side in sides}
        for _ in range(rounds):
            for worker in workers:
                turns[worker.side.name].append(worker.turn())
    return turns


def _judged(turns: dict[str, list[dict[str, Any]]], kept: list[Side]) -> dict[str, Any]:
    """Medians and ratios: to dltrain in float32, and best to best."""
    seconds = {name: [turn["seconds"] for turn in own] for name, own in turns.items()}
    ours = [side for side in kept if side.family == "dltrain"]
    precisions = {side.name: side.precision for side in kept} | {"tutorial": "float32"}
    return {
        "turns": turns,
        "precision": precisions,
        "median_seconds": {name: statistics.median(own) for name, own in seconds.items()},
        "peak_bytes": {name: own[-1]["peak"] for name, own in turns.items()},
        "ratios_float32": _ratios(seconds, ours[0].name),
        "ratios_best": _ratios(seconds, ours[-1].name),
    }


def _utilisation(result: dict[str, Any]) -> dict[str, float]:
    """What each side reaches of a large product of matrices in its precision.

    Counted are the products of forward and backward pass, which are the same for all.
    """
    flops = result["flops_per_example"] * result["examples"]
    return {
        name: flops / seconds / result["product"][result["precision"][name]]
        for name, seconds in result["median_seconds"].items()
    }


def _ratios(seconds: dict[str, list[float]], ours: str) -> dict[str, float]:
    return {
        name: statistics.median(s / o for s, o in zip(own, seconds[ours], strict=True))
        for name, own in seconds.items()
    }


def parse_arguments() -> argparse.Namespace:
    """What was typed; ends the program when it makes no sense."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("models", nargs="+", choices=["all", *MODELS])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--search-epochs", type=int, default=3, help="of each candidate")
    parser.add_argument("--examples", type=int, help="in a turn, instead of the model's own")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--peers", type=Path, default=cache_root() / "peers", metavar="FOLDER")
    parser.add_argument("--json", type=Path, help="write every single turn here")
    return parser.parse_args()


def main() -> None:
    """Compare the models asked for; what is done is written after each."""
    arguments = parse_arguments()
    python = peers_python(arguments.peers)
    results: dict[str, Any] = {"machine": machine(), "peers": peer_versions(python), "models": []}
    for model in MODELS if "all" in arguments.models else arguments.models:
        print(f"\n{model}: every candidate, the least of {arguments.search_epochs} epochs")
        results["models"].append(compare(model, arguments, python))
        if arguments.json:
            arguments.json.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
