"""Medians, spread and ratios of a row's turns, on the screen and for a file."""

import statistics
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from processes import Turn
from rows import Row

from dltrain.config.dataset_facts import info_of
from dltrain.config.schema import ExperimentConfig
from dltrain.config.split_sizes import split_sizes

Pair = tuple[Turn, Turn]
"""A turn of the script, and the one of dltrain after it."""

MOST_ENTRIES = 200  # of a history in the file; there are rows of 10,000 epochs


def differences(experiment: ExperimentConfig) -> str:
    """What dltrain trains on and how, where the script may do something else."""
    data, optimizer = experiment.data, experiment.optimizer
    sizes = split_sizes(data, info_of(data))
    examples = f"both train on all {sizes.train:,} examples"
    if sizes.validation:
        examples = (
            f"dltrain trains on {sizes.train:,} examples and chooses by {sizes.validation:,} "
            "others, and that figure is of those; the script trains on all, and looks at the test"
        )
    clip = f", gradients clipped to {optimizer.clip_norm:g}" if optimizer.clip_norm else ""
    average = f", weights averaged ({experiment.train.ema:g})" if experiment.train.ema else ""
    return (
        f"{examples}\ndltrain: {optimizer.name} at {optimizer.learning_rate:g}, "
        f"{optimizer.schedule.name} schedule{clip}{average}; the script: the same optimizer as "
        "Keras has it, or the same rate in NumPy"
    )


def print_table(name: str, row: Row, pairs: list[Pair], note: str) -> None:
    """One line per measure: the script, dltrain, and how many times one fits into the other."""
    scripts, ours = [list(column) for column in zip(*pairs, strict=True)]
    figure = f"{'test' if row.reads_data else 'training'} {row.figure}"
    best = min if row.lower_is_better else max
    print(f"\n{name:<32}{'script':>26}{'dltrain':>26}{'ratio':>8}")
    _print_seconds("wall seconds", [t.wall for t in scripts], [t.wall for t in ours])
    _print_seconds("seconds of training", [t.training for t in scripts], [t.training for t in ours])
    reached = [seconds for seconds in _reached(row, pairs) if seconds is not None]
    label = f"seconds to that {row.figure}"
    label += "" if len(reached) == len(pairs) else f" ({len(reached)} of {len(pairs)})"
    _print_seconds(label, [t.wall for t in scripts], reached)
    _print(f"{figure}, at the end", [t.figure for t in scripts], [t.figure for t in ours])
    _print(f"{figure}, best ever", [best(t.history) for t in scripts], [])
    print(f"{'batch size':<32}{scripts[0].batch_size:>26}{ours[0].batch_size:>26}")
    print(f"{note}", flush=True)


def results_of(row: Row, pairs: list[Pair]) -> dict[str, Any]:
    """Every turn for a file, and medians of the seconds; long histories are thinned."""
    reached = _reached(row, pairs)
    done = [seconds for seconds in reached if seconds is not None]
    wall = statistics.median(script.wall for script, _ in pairs)
    return {
        "figure": row.figure,
        "ratio_of_wall": wall / statistics.median(ours.wall for _, ours in pairs),
        "ratio_to_the_scripts_figure": wall / statistics.median(done) if done else None,
        "rounds": [
            {
                "script": _thinned(script),
                "dltrain": _thinned(ours),
                "seconds_to_the_scripts_figure": seconds,
            }
            for (script, ours), seconds in zip(pairs, reached, strict=True)
        ],
    }


def _reached(row: Row, pairs: list[Pair]) -> list[float | None]:
    """When dltrain was first as good as the script before it was at its end."""
    return [ours.reached(row, script.figure) for script, ours in pairs]


def _thinned(turn: Turn) -> dict[str, Any]:
    every = 1 + len(turn.history) // MOST_ENTRIES
    kept = {"history": turn.history[::every], "judged_at": turn.judged_at[::every]}
    return {**asdict(turn), **kept}


def _print_seconds(label: str, script: Sequence[float], ours: Sequence[float]) -> None:
    ratio = statistics.median(script) / statistics.median(ours) if ours else None
    _print(label, script, ours, f"{ratio:.2f}" if ratio else "-")


def _print(label: str, script: Sequence[float], ours: Sequence[float], ratio: str = "") -> None:
    print(f"{label:<32}{_spread(script):>26}{_spread(ours):>26}{ratio:>8}")


def _spread(values: Sequence[float]) -> str:
    if not values:
        return "-"
    median, least, most = statistics.median(values), min(values), max(values)
    return f"{median:.4g} ({least:.4g} to {most:.4g})" if len(values) > 1 else f"{median:.4g}"
