"""Runs side by side in columns that fit the terminal: a line each, or two, or a block."""

from collections.abc import Sequence
from typing import Any, TextIO

from rich.text import Text

from dltrain.cli.screen_cells import (
    figure_cells,
    heading,
    status_cell,
    value_text,
)
from dltrain.cli.screen_grid import Column, grid, width_of
from dltrain.cli.screen_rows import print_lines, terminal_width
from dltrain.cli.screen_text import duration, plain
from dltrain.runs.compare import Comparison
from dltrain.runs.differing import is_technical
from dltrain.runs.record import RunRecord

MOST_KEYS = 6  # columns of config keys
MOST_NAMED = 12  # of the others


def print_comparison(comparison: Comparison, stream: TextIO) -> None:
    """Print one table of the runs, in what else they differ, and what would mislead.

    Args:
        comparison: the runs.
        stream: standard output; coloured, and fitted to its width, only when it is a terminal.
    """
    table, num_keys = _fitting(comparison, terminal_width(stream))
    below = []
    if comparison.figure:
        below.append(Text(f"* best validation {plain(comparison.figure)}", "dim"))
    if more := comparison.keys[num_keys:]:
        named = [*more[:MOST_NAMED], *(["..."] if len(more) > MOST_NAMED else [])]
        below.append(Text(f"and {len(more)} more: {plain(', '.join(named))}", "dim"))
    below += [Text(f"note: {plain(note)}", "yellow") for note in comparison.notes]
    print_lines([*table, Text(), *below] if below else table, stream)


def _fitting(comparison: Comparison, width: int | None) -> tuple[list[Text], int]:
    """The table, and how many config keys it shows; without a width the widest there is."""
    keys = comparison.keys
    telling = sum(not is_technical(key) for key in keys)
    most = min(MOST_KEYS, telling or len(keys))
    if width is None:
        return _in_lines(comparison, most), most
    for num_keys in range(most, min(most, 1) - 1, -1):
        for layout in (_in_lines, _in_double_lines):
            table = layout(comparison, num_keys)
            if width_of(table) <= width:
                return table, num_keys
    return _in_blocks(comparison, most), most


def _in_lines(comparison: Comparison, num_keys: int) -> list[Text]:
    """A line per run, metric and loss in columns of their own."""
    runs = comparison.runs
    columns = [Column("run", [Text(plain(run.name), "bold") for run in runs], is_number=False)]
    if any(run.status != "finished" for run in runs):
        columns.append(Column("status", [status_cell(run) for run in runs], is_number=False))
    columns += _key_columns(comparison, num_keys)
    columns.append(Column("epochs", [Text(f"{run.num_epochs:,}") for run in runs]))
    if any(run.best for run in runs):
        best = [f"{run.best['epoch']:,}" if run.best else "-" for run in runs]
        columns.append(Column("best", [Text(epoch) for epoch in best]))
    for cells in figure_cells(comparison):
        columns += [Column(cells.heading, cells.metrics), Column("loss", cells.losses)]
    return grid([*columns, Column("time", [Text(duration(run.seconds)) for run in runs])])


def _in_double_lines(comparison: Comparison, num_keys: int) -> list[Text]:
    """Two lines per run, the loss below the metric."""
    names = [_below(Text(plain(run.name), "bold"), status_cell(run)) for run in comparison.runs]
    run = Column("run", names, is_number=False)
    keys = _key_columns(comparison, num_keys, broken=True)
    return grid([run, *keys, _extent(comparison.runs), *_stacked(comparison)])


def _in_blocks(comparison: Comparison, num_keys: int) -> list[Text]:
    """A title per run with its config values, and below it the figures."""
    keys = comparison.keys[:num_keys]
    titles = []
    for run in comparison.runs:
        values = [
            f"{heading(key, keys)} {value_text(run.config, key)}"
            for key in keys
            if run.config.get(key) is not None
        ]
        parts = [Text(plain(run.name), "bold"), status_cell(run), Text(", ".join(values))]
        titles.append(Text("  ").join(part for part in parts if part))
    return grid([_extent(comparison.runs), *_stacked(comparison)], titles)


def _key_columns(comparison: Comparison, num_keys: int, *, broken: bool = False) -> list[Column]:
    keys = comparison.keys[:num_keys]
    return [
        Column(
            heading(key, keys).replace("_", "_\n", 1) if broken else heading(key, keys),
            [Text(value_text(run.config, key)) for run in comparison.runs],
            is_number=all(_is_number(run.config.get(key)) for run in comparison.runs),
        )
        for key in keys
    ]


def _is_number(value: Any) -> bool:
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))


def _extent(runs: Sequence[RunRecord]) -> Column:
    """Best of all epochs, and the time below it."""
    return Column(
        "epochs\ntime", [_below(Text(_epochs(run)), Text(duration(run.seconds))) for run in runs]
    )


def _epochs(run: RunRecord) -> str:
    return f"{run.best['epoch']:,} of {run.num_epochs:,}" if run.best else f"{run.num_epochs:,}"


def _stacked(comparison: Comparison) -> list[Column]:
    return [
        Column(
            cells.heading.replace(" ", "\n", 1),
            [
                _below(metric, loss)
                for metric, loss in zip(cells.metrics, cells.losses, strict=True)
            ],
        )
        for cells in figure_cells(comparison)
    ]


def _below(first: Text, second: Text) -> Text:
    return Text.assemble(first, "\n", second)
