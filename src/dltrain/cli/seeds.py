"""``--seeds N``: the same experiment under several seeds, one process each."""

import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

import typer

from dltrain.cli.forwarding import hearing_signals
from dltrain.cli.screen_seeds import print_seeds
from dltrain.errors import RunError
from dltrain.runs.run_dir import RunDir


def run_seeds(paths: dict[int, Path], arguments: list[str]) -> dict[str, Any]:
    """Run every seed in a process of its own and print mean and spread.

    Processes of their own, because nothing of one training may leak into the next.

    Args:
        paths: the run directory of each seed.
        arguments: what the person typed after ``dltrain``.

    Returns:
        The means over the seeds, in the shape of a summary, for ``--expect``.

    Raises:
        RunError: one of the runs failed.
    """
    rows: list[dict[str, Any]] = []
    for seed, path in paths.items():
        print(f"seed {seed}", file=sys.stderr, flush=True)
        _run_in_process([*_without_options(arguments), "--seed", str(seed), "--run-dir", str(path)])
        summary = RunDir(path).read_summary()
        if summary is None:
            raise RunError(f"the run of seed {seed} in {path} left no summary.")
        rows.append({"seed": seed, "summary": summary, "run_dir": path})
    print_seeds(rows, sys.stdout)
    return _means([row["summary"] for row in rows])


def _without_options(arguments: list[str]) -> list[str]:
    """The arguments without those that are set anew for every seed."""
    kept, skip = [], False
    for argument in arguments:
        name = argument.split("=", 1)[0]
        if not skip and name not in {"--seeds", "--seed", "--run-dir", "--expect"}:
            kept.append(argument)
        skip = not skip and argument in {"--seeds", "--seed", "--run-dir", "--expect"}
    return kept


def _run_in_process(arguments: list[str]) -> None:
    """Run one seed; its progress is shown, its summary is left to the table.

    Raises:
        typer.Exit: it was interrupted or failed, with its own exit code.
    """
    command = [sys.executable, "-m", "dltrain", *arguments]
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, process_group=0)  # noqa: S603
    with child, hearing_signals(child.send_signal):
        exit_code = child.wait()
    if exit_code:
        raise typer.Exit(exit_code if exit_code > 0 else 128 - exit_code)


def _means(summaries: list[dict[str, Any]]) -> dict[str, Any]:
    """Means of the figures every seed has."""
    means: dict[str, Any] = {}
    for split in ("validation", "test", "train"):
        figures = [summary[split] for summary in summaries if summary.get(split)]
        if len(figures) == len(summaries):
            means[split] = {
                name: statistics.fmean(each[name] for each in figures) for name in figures[0]
            }
    means["seconds"] = statistics.fmean(summary["seconds"] for summary in summaries)
    return means
