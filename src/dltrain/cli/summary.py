"""The closing summary of a run."""

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TextIO

from dltrain.cli.screen_predictions import prediction_rows
from dltrain.cli.screen_rows import Row, print_rows
from dltrain.cli.screen_text import count, duration, figure

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
    is_finished = summary["status"] == "finished"
    rows = [_headline(summary), Row(), *_reached(summary), *_compared(summary)]
    if is_finished:
        rows.extend(_learned(summary))
    rows.extend(_judged(summary))
    rows.append(_row("run", str(run_dir), is_copied=True))
    label, name = ("model", "model.keras") if is_finished else ("metrics", "metrics.jsonl")
    rows.append(_row(label, str(run_dir / name), is_copied=True))
    if is_finished or summary["best"] is not None:
        command = f"dltrain eval {shlex.quote(str(run_dir))}"
        command += " --split train" if summary.get("train") else ""
        rows.extend([Row(), _row("next", command, "bold", is_copied=True)])
    print_rows(rows, stream)


def metrics_of(figures: Mapping[str, Any]) -> list[str]:
    """The names of the metrics, in their order; the loss has a place of its own."""
    return [name for name in figures if name not in {"loss", "examples", "split", "answer"}]


def _headline(summary: Mapping[str, Any]) -> Row:
    is_finished = summary["status"] == "finished"
    extent = f"{count(summary['epochs'], 'epoch')}, {count(summary['steps'], 'step')}"
    return Row(
        label=summary["status"],
        label_style="bold green" if is_finished else "bold red",
        text=f"{'' if is_finished else ' after'} {extent} in {duration(summary['seconds'])}",
    )


def _reached(summary: Mapping[str, Any]) -> list[Row]:
    """The figures, and where they are not of a test set, that there is none."""
    splits = ("test", "validation", "train")
    rows = [_row(split, _figures(split, summary[split])) for split in splits if summary.get(split)]
    if summary["status"] == "finished" and summary["test"] is None:
        has_validation = summary["validation"] is not None
        nothing = ("held out", "nothing: no validation, no test set")
        rows.append(_row("test", "no test set") if has_validation else _row(*nothing))
    return rows


def _figures(split: str, figures: Mapping[str, Any]) -> str:
    names = (*metrics_of(figures), "loss")
    text = ", ".join(f"{name} {figure(name, figures[name])}" for name in names)
    if "examples" not in figures:
        return text
    examples = count(figures["examples"], "example")
    return (
        f"{text}, on the {examples} it was trained on"
        if split == "train"
        else f"{text}, {examples}"
    )


def _compared(summary: Mapping[str, Any]) -> list[Row]:
    """What ignoring the examples gives, and whether that is as good."""
    baseline = summary.get("baseline")
    if baseline is None:
        return []
    name = metrics_of(baseline)[0]
    is_class = isinstance(baseline["answer"], str)
    answer = "the most frequent class" if is_class else "the mean"
    text = f"{name} {figure(name, baseline[name])} by always answering {answer}"
    rows = [_row("baseline", text)]
    if summary["better_than_baseline"] is False:
        rows.append(_row("", _verdict(summary, is_class=is_class), "bold"))
    return rows


def _verdict(summary: Mapping[str, Any], *, is_class: bool) -> str:
    """Better probabilities may be worth something without more right answers."""
    if not summary["smaller_loss_than_baseline"]:
        return "no better than that: nothing was learned that holds for new examples"
    missing = "not more often right" if is_class else "not nearer in the mean of squares"
    return f"{missing} than that, but its loss is smaller"


def _learned(summary: Mapping[str, Any]) -> list[Row]:
    formula, predictions = summary.get("formula"), summary.get("predictions")
    lines = formula.splitlines() if formula else []
    rows = [_row("" if index else "formula", line) for index, line in enumerate(lines)]
    return [*rows, Row(), *prediction_rows(predictions), Row()] if predictions else rows


def _judged(summary: Mapping[str, Any]) -> list[Row]:
    """Why training ended, and the checkpoint the figures belong to."""
    rows = []
    if summary["stopped"] in STOPPED:
        rows.append(_row("stopped", STOPPED[summary["stopped"]]))
    if times := summary.get("rollbacks"):
        rows.append(_row("rollbacks", f"{times}, each to a checkpoint and a lower learning rate"))
    best, is_tested = summary["best"], summary["test"] is not None
    if best is not None:
        epoch = f"epoch {best['epoch']}"
        tested = _row("tested", f"the best by validation ({epoch})")
        rows.append(tested if is_tested else _row("best", epoch))
        rows.append(_row("checkpoint", best["checkpoint"], is_copied=True))
    elif is_tested:
        rows.append(_row("tested", "the last checkpoint: no validation"))
    return rows


def _row(label: str, text: str, style: str = "", *, is_copied: bool = False) -> Row:
    """A label and its text; what a person copies is never wrapped by us."""
    return Row(label=label, text=text, style=style, width=LABEL_COLUMNS, is_copied=is_copied)
