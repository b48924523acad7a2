"""``dltrain data``: which sets there are, what is here, and how to get the rest."""

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dltrain.cli.options import AsJson, DataDir, Offline, Verbose
from dltrain.cli.screen_text import plain

if TYPE_CHECKING:
    from dltrain.cli.screen_stream import QuietStream
    from dltrain.data.catalog import Entry

app = typer.Typer(help="List, describe, prepare and import datasets.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="NAME", help="A name from 'dltrain data list'.")]


@app.command("list")
def list_datasets(data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """List the datasets a config can name, and whether they are here."""
    from dltrain.cli.screen_data import list_rows
    from dltrain.cli.screen_rows import print_rows
    from dltrain.cli.screen_stream import QuietStream
    from dltrain.data.catalog import look
    from dltrain.dataset_info import DATASET_INFO

    place = _place(data_dir)
    # originals are told by name and size here: the sums of gigabytes would take seconds
    entries = [look(name, place, check_sums=False) for name in DATASET_INFO]
    if as_json:
        _print_json([entry.as_json() for entry in entries])
    else:
        print_rows(list_rows(entries, place, QuietStream(sys.stdout).columns()), sys.stdout)


@app.command()
def show(name: Name, data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Describe a dataset: examples, classes, terms of use, original files, config keys."""
    from dltrain.cli import screen_dataset
    from dltrain.cli.screen_rows import print_rows
    from dltrain.data import catalog, describe

    place = _place(data_dir)
    if name in catalog.IN_CONFIG:
        document, rows = describe.in_config_as_json(name), screen_dataset.in_config_rows(name)
    else:
        entry = catalog.look(name, place, check_sums=True)
        document, rows = describe.as_json(entry), screen_dataset.show_rows(entry, place)
    if as_json:
        _print_json(document)
    else:
        print_rows(rows, sys.stdout)


@app.command()
def prepare(
    name: Name, data_dir: DataDir = None, offline: Offline = False, verbose: Verbose = False
) -> None:
    """Download and prepare a dataset, so that the first run starts at once."""
    from dltrain.cli.screen_data import prepared_rows
    from dltrain.cli.screen_rows import print_rows
    from dltrain.data.catalog import look

    place = _place(data_dir)
    entry = look(name, place, check_sums=False)
    was_prepared, is_decoded = entry.state == "prepared", True
    if not entry.source.is_embedded:
        is_decoded = _prepare(entry, place, offline=offline, verbose=verbose)
        entry = look(name, place, check_sums=False)
    rows = prepared_rows(entry, place, was_prepared=was_prepared, is_decoded=is_decoded)
    print_rows(rows, sys.stdout)


@app.command("import")
def import_files(
    name: Name,
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE...", help="Original files, by whatever name they are."),
    ],
    data_dir: DataDir = None,
) -> None:
    """Put original files brought by hand where preparing finds them."""
    from dltrain.cli.screen_data import imported_rows
    from dltrain.cli.screen_rows import print_rows
    from dltrain.cli.screen_stream import QuietStream
    from dltrain.data.bring import bring
    from dltrain.data.catalog import look

    place, screen = _place(data_dir), QuietStream(sys.stderr)

    def tell(text: str) -> None:
        screen.write(f"{text}\n")

    brought = bring(name, files, place, tell)
    print_rows(imported_rows(brought, look(name, place, check_sums=True), place), sys.stdout)


def _place(data_dir: Path | None) -> Path:
    from dltrain.data.location import default_data_dir

    return data_dir or default_data_dir()


def _prepare(entry: "Entry", place: Path, *, offline: bool, verbose: bool) -> bool:
    """Prepare and decode, telling what is done and how long it took; whether it is cached now."""
    from dltrain.cli.screen_data import preparing
    from dltrain.cli.screen_stream import QuietStream
    from dltrain.devices.loading import load_tensorflow
    from dltrain.devices.quiet import tensorflow_messages_to

    name = entry.info.name
    with tensorflow_messages_to(None if verbose else Path(os.devnull)) as stream:
        screen = QuietStream(stream)
        with _phase(screen, "loading TensorFlow"):
            load_tensorflow()
            from dltrain.data import make_ready
        if entry.state != "prepared":
            with _phase(screen, preparing(entry, place)):
                show_bar = screen.isatty()
                make_ready.prepare(name, place, offline=offline, show_bar=show_bar)
        with _phase(screen, f"decoding {name}, unless that was done before"):
            notice = make_ready.decode(name, place).notice
        if notice is not None:
            screen.write(f"note: {plain(notice)}\n")
    return notice is None


@contextmanager
def _phase(screen: "QuietStream", text: str) -> Iterator[None]:
    """Say what begins, and how long it took."""
    from dltrain.cli.screen_text import duration

    screen.write(f"{text} ...\n")
    started = time.monotonic()
    yield
    screen.write(f"done in {duration(time.monotonic() - started)}\n")


def _print_json(document: object) -> None:
    typer.echo(json.dumps(document, indent=2))
