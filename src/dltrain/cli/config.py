"""``dltrain config``: check, show and copy configs. Nothing here imports TensorFlow."""

import json
import shlex
from pathlib import Path
from typing import Annotated

import typer

from dltrain.cli.options import AsJson, Overrides
from dltrain.cli.screen_text import plain

app = typer.Typer(help="Check, show and copy experiment configs.", no_args_is_help=True)

ConfigFile = Annotated[str, typer.Argument(metavar="CONFIG", help="A YAML config file.")]


@app.command()
def check(
    files: Annotated[list[str], typer.Argument(metavar="CONFIG...", help="YAML config files.")],
    overrides: Overrides = None,
    as_json: AsJson = False,
) -> None:
    """Report every mistake of the files at once; exit code 2 if there is any."""
    from dltrain.config.load import load_config
    from dltrain.config.mistakes import ConfigError, Mistake
    from dltrain.config.mistakes import as_json as mistake_as_json
    from dltrain.config.places import printable

    mistakes: list[Mistake] = []
    for file in files:
        try:
            load_config(file, overrides or ())
        except ConfigError as error:
            mistakes += error.mistakes
            if not as_json:
                typer.echo(str(error), err=True)
        else:
            if not as_json:
                typer.echo(f"{printable(file)}: ok")
    if as_json:
        _print_json([mistake_as_json(mistake) for mistake in mistakes])
    if mistakes:
        raise typer.Exit(ConfigError.exit_code)


@app.command()
def show(config: ConfigFile, overrides: Overrides = None, as_json: AsJson = False) -> None:
    """Print the resolved config with the origin of each value."""
    from dltrain.config.load import load_config
    from dltrain.config.show import show as show_text
    from dltrain.config.show import show_json

    loaded = load_config(config, overrides or ())
    if as_json:
        _print_json(show_json(loaded))
    else:
        typer.echo(show_text(loaded), nl=False)


@app.command()
def schema() -> None:
    """Print the JSON Schema of a config file, for editors."""
    from dltrain.config.json_schema import json_schema

    _print_json(json_schema())


@app.command("list")
def list_configs(as_json: AsJson = False) -> None:
    """List the configs that come with dltrain."""
    from dltrain.config.shipped import list_shipped

    shipped = list_shipped()
    if as_json:
        _print_json([{"name": name, "description": text} for name, text in shipped])
        return
    folders = dict.fromkeys(name.rpartition("/")[0] for name, _ in shipped)
    for number, folder in enumerate(folders):
        group = {name: text for name, text in shipped if name.rpartition("/")[0] == folder}
        width = max(map(len, group))
        lines = [f"{name:<{width}}  {text}".rstrip() for name, text in group.items()]
        typer.echo("\n".join(["", *lines] if number else lines))


@app.command()
def copy(
    name: Annotated[str, typer.Argument(help="A name from 'dltrain config list'.")],
    destination: Annotated[
        Path | None,
        typer.Argument(
            metavar="[FILE]", help="Where to write; default NAME.yaml, without folders."
        ),
    ] = None,
) -> None:
    """Write a shipped config, and beside it what it extends, to new files of your own."""
    from dltrain.config.copy_shipped import copy_shipped

    file, *bases = copy_shipped(name, destination)
    typer.echo(f"wrote {plain(file)}")
    for base in bases:
        typer.echo(f"with  {plain(base)}, which it extends")
    typer.echo(f"next: dltrain run {plain(shlex.quote(str(file)))}")


def _print_json(document: object) -> None:
    typer.echo(json.dumps(document, indent=2))
