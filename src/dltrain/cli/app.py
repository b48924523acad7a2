"""The command ``dltrain`` and how its failures are told."""

import errno
import sys
from typing import Annotated

import typer

from dltrain import __version__
from dltrain.cli import config, data
from dltrain.cli.bench import bench
from dltrain.cli.compare import compare
from dltrain.cli.eval import evaluate
from dltrain.cli.launch import launch
from dltrain.cli.run import run
from dltrain.cli.screen_text import plain
from dltrain.cli.verify import verify
from dltrain.errors import DltrainError

app = typer.Typer(
    name="dltrain",
    help="Train Keras models from one YAML file and keep a run that explains itself.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("run")(run)
app.command("launch")(launch)
app.command("eval")(evaluate)
app.command("compare")(compare)
app.command("verify")(verify)
app.command("bench")(bench)
app.add_typer(config.app, name="config")
app.add_typer(data.app, name="data")


def _print_version(is_asked: bool) -> None:
    if is_asked:
        typer.echo(f"dltrain {__version__}")
        raise typer.Exit


@app.callback()
def common(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """Train Keras models from one YAML file and keep a run that explains itself."""


def main() -> None:
    """Run the command line; a user's fault is one message and never a traceback."""
    try:
        app()
    except DltrainError as error:
        sys.exit(_tell(str(error), error.exit_code))
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            sys.exit(_tell(f"the disk is full: {error}.\nFree some space and run it again.", 1))
        if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
            sys.exit(_tell(f"{error}.\nMake it readable and writable and run it again.", 1))
        again = "A run that has begun goes on with the same command."
        sys.exit(_tell(f"the system refused: {error}.\n{again}", 1))


def _tell(message: str, exit_code: int) -> int:
    for line in f"dltrain: {message}".split("\n"):  # it may name files and keys of anybody's
        print(plain(line), file=sys.stderr)
    return exit_code
