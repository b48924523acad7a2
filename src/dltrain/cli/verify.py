"""``dltrain verify RUN``: is everything in a run directory whole, and does it fit together."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dltrain.cli.options import AsJson, DataDir, Offline, Verbose
from dltrain.cli.screen_text import plain

if TYPE_CHECKING:
    from dltrain.runs.checks import Check, Report


def verify(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run directory.")],
    data_dir: DataDir = None,
    offline: Offline = False,
    as_json: AsJson = False,
    verbose: Verbose = False,
    quick: Annotated[
        bool, typer.Option("--quick", help="Only the files: no data, no validation again.")
    ] = False,
) -> None:
    """Prove a run, over or not: sums, metrics, config and data, and the logged figures again.

    It only reads; a run may be under way. Exit code 1 if a check found something.
    """
    from dltrain.runs.verify import refuse_what_is_no_run

    refuse_what_is_no_run(run)
    report = _verify(run, data_dir, offline, verbose, quick, _silent if as_json else _print)
    if as_json:
        typer.echo(json.dumps(_document(run, report), indent=2))
    else:
        held = report.made - report.bad
        typer.echo(f"all {held} checks held" if held == report.made else _missed(report))
    if report.bad:
        raise typer.Exit(1)


def _verify(
    run: Path,
    data_dir: Path | None,
    offline: bool,
    verbose: bool,
    quick: bool,
    tell: "Callable[[Check], None]",
) -> "Report":
    from dltrain.checkpoints.verify import verify_files
    from dltrain.data.location import default_data_dir
    from dltrain.devices.loading import load_tensorflow
    from dltrain.devices.quiet import tensorflow_messages_to
    from dltrain.runs.checks import Report
    from dltrain.runs.run_dir import RunDir

    report = Report(tell)
    files = verify_files(RunDir(run), report)
    if quick:
        return report
    with tensorflow_messages_to(None if verbose else Path(os.devnull)):
        load_tensorflow()
        from dltrain.evaluation.verify import verify_figures

        verify_figures(files, data_dir or default_data_dir(), report, offline=offline)
    return report


def _silent(_: "Check") -> None:
    """Nothing but the document goes to the screen."""


def _print(check: "Check") -> None:
    typer.echo(plain(f"{check.mark:<4} {check.name}: {check.message}"))


def _missed(report: "Report") -> str:
    return f"{report.made - report.bad} of {report.made} checks held, {report.bad} did not"


def _document(run: Path, report: "Report") -> dict[str, object]:
    checks = [
        {"name": check.name, "ok": check.ok, "message": check.message} for check in report.checks
    ]
    return {"run": str(run), "ok": not report.bad, "checks": checks}
