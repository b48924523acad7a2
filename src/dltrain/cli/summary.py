"""The closing summary of a run, and of one config under several seeds."""

import shlex
import statistics
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, TextIO, cast

from rich.console import Console
from rich.text import Text

from dltrain.cli.screen_stream import QuietStream
from dltrain.cli.screen_text import count, duration, figure, four_digits, plain

LABEL_COLUMNS = len("checkpoint  ")

STOPPED = {
    "max_steps": "by train.max_steps",
    "max_seconds": "by train.max_seconds",
    "early_stopping": "early: validation no longer improved",
}
"""What to say of a training that ended before its epochs, by ``summary["stopped"]``."""


def print_summary(summary: Mapping[str, Any], run_dir: Path, stream: TextIO) -> None:
    """Print what was reached, where things are, and the next command to type.

    Args:
        summary: the content of ``summary.json``.
        run_dir: where the run lives, as the person would type it.
        stream: standard output; coloured only when it is a terminal.
    """
    lines = [_headline(summary), Text(), *_outcome(summary)]
    lines.append(_row("run", plain(run_dir), is_copied=True))
    is_finished = summary["status"] == "finished"
    label, name = ("model", "model.keras") if is_finished else ("metrics", "metrics.jsonl")
    lines.append(_row(label, plain(run_dir / name), is_copied=True))
    if is_finished or summary["best"] is not None:
        command = plain(f"dltrain eval {shlex.quote(str(run_dir))}")
        lines.extend([Text(), _row("next", command, "bold", is_copied=True)])
    _print_lines(lines, stream)


def print_seeds(rows: Sequence[Mapping[str, Any]], stream: TextIO) -> None:
    """Print one line per seed, then mean and sample standard deviation of the test figures.

    Args:
        rows: for each seed ``seed``, ``summary`` (of ``summary.json``) and ``run_dir``.
        stream: standard output; coloured only when it is a terminal.
    """
    width = max(len(text) for text in ("seed", *(str(row["seed"]) for row in rows)))
    lines = [Text(f"{'seed':>{width}}      test  validation    time  run", "dim", no_wrap=True)]
    lines.extend(_seed_line(row, width) for row in rows)
    tests = [row["summary"]["test"] for row in rows if row["summary"]["test"] is not None]
    if tests:
        lines.extend([Text(), Text(_spread_meaning(len(tests), len(rows)), "dim")])
        lines.extend(_spread_row(name, tests) for name in (*_metrics(tests[0]), "loss"))
    _print_lines(lines, stream)


def _headline(summary: Mapping[str, Any]) -> Text:
    is_finished = summary["status"] == "finished"
    extent = f"{count(summary['epochs'], 'epoch')}, {count(summary['steps'], 'step')}"
    return Text.assemble(
        (plain(summary["status"]), "bold green" if is_finished else "bold red"),
        f"{'' if is_finished else ' after'} {extent} in {duration(summary['seconds'])}",
    )


def _outcome(summary: Mapping[str, Any]) -> list[Text]:
    """The figures reached, and the checkpoint they belong to."""
    reached = [split for split in ("test", "validation") if summary[split] is not None]
    lines = [_row(split, _figures(summary[split])) for split in reached]
    if summary["stopped"] in STOPPED:
        lines.append(_row("stopped", STOPPED[summary["stopped"]]))
    best, is_tested = summary["best"], summary["test"] is not None
    if best is not None:
        epoch = f"epoch {best['epoch']}"
        tested = _row("tested", f"the best by validation ({epoch})")
        lines.append(tested if is_tested else _row("best", epoch))
        lines.append(_row("checkpoint", plain(best["checkpoint"]), is_copied=True))
    elif is_tested:
        lines.append(_row("tested", "the last checkpoint: no validation"))
    return lines


def _figures(figures: Mapping[str, Any]) -> str:
    names = (*_metrics(figures), "loss")
    text = ", ".join(f"{name} {figure(name, figures[name])}" for name in names)
    return f"{text}, {count(figures['examples'], 'example')}" if "examples" in figures else text


def _row(label: str, text: str, style: str = "", *, is_copied: bool = False) -> Text:
    """A label and its text; what a person copies is never wrapped by us."""
    return Text.assemble(
        (f"{label:<{LABEL_COLUMNS}}", "dim"), (text, style), no_wrap=is_copied or None
    )


def _seed_line(row: Mapping[str, Any], width: int) -> Text:
    summary = row["summary"]
    test, validation = (
        _first_figure(summary[split]) if summary[split] else "-" for split in ("test", "validation")
    )
    run_dir = plain(row["run_dir"])
    line = Text(f"{row['seed']:>{width}}  {test:>8}  {validation:>10}", no_wrap=True)
    line.append(f"  {duration(summary['seconds']):>6}  {run_dir}")
    if summary["status"] != "finished":
        line.append(f"  {plain(summary['status'])}", "bold red")
    return line


def _metrics(figures: Mapping[str, Any]) -> list[str]:
    """The names of the metrics, in their order; the loss has a place of its own."""
    return [name for name in figures if name not in {"loss", "examples"}]


def _first_figure(figures: Mapping[str, Any]) -> str:
    name = _metrics(figures)[0]
    return figure(name, figures[name])


def _spread_row(name: str, tests: Sequence[Mapping[str, Any]]) -> Text:
    values = [figures[name] for figures in tests]
    if name.endswith("accuracy"):
        percents = _mean_and_spread([100 * value for value in values], "{:.2f}".format)
        return _row(name, f"{percents} %", "bold")
    return _row(name, _mean_and_spread(values, four_digits))


def _mean_and_spread(values: Sequence[float], show: Callable[[float], str]) -> str:
    mean = show(statistics.fmean(values))
    return f"{mean} ± {show(statistics.stdev(values))}" if len(values) > 1 else mean


def _spread_meaning(num_tested: int, num_seeds: int) -> str:
    """What the figures under this line are."""
    if num_tested == 1:
        return "test, one seed only: no spread"
    tested = f"{num_tested}" if num_tested == num_seeds else f"{num_tested} of {num_seeds}"
    return f"test, mean ± sample standard deviation of {tested} seeds"


def _print_lines(lines: Sequence[Text], stream: TextIO) -> None:
    """Print with colour on a terminal, as plain text elsewhere."""
    quiet = QuietStream(stream)
    if not quiet.isatty():
        quiet.write("".join(f"{line.plain.rstrip()}\n" for line in lines))
        return
    console = Console(file=cast(IO[str], quiet), force_terminal=True, force_jupyter=False)
    for line in lines:
        console.print(line, soft_wrap=bool(line.no_wrap))
