"""The table of one config under several seeds."""

import statistics
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TextIO

from dltrain.cli.screen_rows import Row, print_rows
from dltrain.cli.screen_text import duration, figure, four_digits, is_share
from dltrain.cli.summary import LABEL_COLUMNS, metrics_of

SPLITS = ("test", "validation", "train")
LEAST_COLUMNS = 8  # 100.00 %


def print_seeds(rows: Sequence[Mapping[str, Any]], stream: TextIO) -> None:
    """Print one line per seed, then mean and sample standard deviation of their figures.

    The figures are those of the test, else of the validation, else of the training examples.

    Args:
        rows: for each seed ``seed``, ``summary`` (of ``summary.json``) and ``run_dir``.
        stream: standard output; coloured only when it is a terminal.
    """
    splits = [split for split in SPLITS if any(row["summary"].get(split) for row in rows)]
    width = max(len(text) for text in ("seed", *(str(row["seed"]) for row in rows)))
    columns = "".join(f"  {split:>{max(LEAST_COLUMNS, len(split))}}" for split in splits)
    header = f"{'seed':>{width}}{columns}    time  run"
    lines = [Row(label=header, is_copied=True)]
    lines.extend(_seed_line(row, width, splits) for row in rows)
    if splits:
        found = [row["summary"][splits[0]] for row in rows if row["summary"].get(splits[0])]
        meaning = _spread_meaning(splits[0], len(found), len(rows))
        lines.extend([Row(), Row(text=meaning, style="dim")])
        names = (*metrics_of(found[0]), "loss")
        width = max(LABEL_COLUMNS, *(len(name) + 2 for name in names))
        lines.extend(_spread_row(name, found, width) for name in names)
    print_rows(lines, stream)


def _seed_line(row: Mapping[str, Any], width: int, splits: Sequence[str]) -> Row:
    summary = row["summary"]
    figures = (
        f"  {_first_figure(summary.get(split)):>{max(LEAST_COLUMNS, len(split))}}"
        for split in splits
    )
    seconds, is_finished = duration(summary["seconds"]), summary["status"] == "finished"
    line = f"{row['seed']:>{width}}{''.join(figures)}  {seconds:>6}  {row['run_dir']}"
    ending = "" if is_finished else f"  {summary['status']}"
    return Row(label=line, label_style="", text=ending, style="bold red", is_copied=True)


def _first_figure(figures: Mapping[str, Any] | None) -> str:
    if figures is None:
        return "-"
    name = metrics_of(figures)[0]
    return figure(name, figures[name])


def _spread_row(name: str, found: Sequence[Mapping[str, Any]], width: int) -> Row:
    values = [figures[name] for figures in found]
    if is_share(name):
        percents = _mean_and_spread([100 * value for value in values], "{:.2f}".format)
        return Row(label=name, text=f"{percents} %", style="bold", width=width)
    return Row(label=name, text=_mean_and_spread(values, four_digits), width=width)


def _mean_and_spread(values: Sequence[float], show: Callable[[float], str]) -> str:
    mean = show(statistics.fmean(values))
    return f"{mean} ± {show(statistics.stdev(values))}" if len(values) > 1 else mean


def _spread_meaning(split: str, num_found: int, num_seeds: int) -> str:
    """What the figures under this line are."""
    of_what = "the examples it was trained on" if split == "train" else split
    if num_found == 1:
        return f"{of_what}, one seed only: no spread"
    found = f"{num_found}" if num_found == num_seeds else f"{num_found} of {num_seeds}"
    return f"{of_what}, mean ± sample standard deviation of {found} seeds"
