"""``dltrain compare RUN...``: runs side by side, as a table, as JSON, as curves."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dltrain.cli.options import AsJson
from dltrain.cli.screen_text import plain
from dltrain.errors import UserError

if TYPE_CHECKING:
    from dltrain.runs.compare import Comparison

FORMATS = {".png", ".svg", ".pdf"}


def compare(
    paths: Annotated[
        list[Path],
        typer.Argument(
            metavar="RUN", help="Run directories, or folders that hold some, e.g. 'runs'."
        ),
    ],
    as_json: AsJson = False,
    curves: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Draw the curves over the epochs: .png, .svg or .pdf."),
    ] = None,
    panels: Annotated[
        bool,
        typer.Option(
            "--panels", help="With --curves: a small panel per run with its two losses instead."
        ),
    ] = False,
) -> None:
    """Put runs side by side: in what their configs differ, and what each reached.

    In a folder, runs that --fresh has set aside are left out.
    """
    from dltrain.runs.compare import compare_runs

    if curves is not None and curves.suffix.lower() not in FORMATS:
        raise UserError(f"{curves} is of no known format.\nName a file in .png, .svg or .pdf.")
    if panels and curves is None:
        raise UserError("--panels says how to draw.\nName the file too: --curves FILE.png.")
    comparison = compare_runs(paths)
    if as_json:
        typer.echo(json.dumps(comparison.as_json(), indent=2))
    else:
        from dltrain.cli.screen_compare import print_comparison

        print_comparison(comparison, sys.stdout)
    if curves is not None:
        _draw(comparison, curves, panels=panels)


def _draw(comparison: "Comparison", file: Path, *, panels: bool) -> None:
    """Draw and save the curves.

    Raises:
        UserError: matplotlib is not installed, or the file cannot be written.
    """
    try:
        from dltrain.cli.curves import draw_curves, draw_panels
    except ModuleNotFoundError as error:
        if error.name != "matplotlib":
            raise
        raise UserError(
            "--curves needs matplotlib, which is not installed.\n"
            "Install it with: pip install 'dltrain[plots]'"
        ) from None
    figure = draw_panels(comparison) if panels else draw_curves(comparison)
    try:
        figure.savefig(file)
    except OSError as error:
        raise UserError(f"{file} cannot be written ({error.strerror or error}).") from error
    typer.echo(f"curves: {plain(file)}", err=True)
