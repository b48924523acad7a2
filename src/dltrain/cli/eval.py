"""``dltrain eval PATH``: what a checkpoint reaches, beside what was logged."""

import json
import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from dltrain.cli.options import AsJson, DataDir, Offline, Verbose
from dltrain.errors import RunError


class SplitName(StrEnum):
    """The parts of a dataset."""

    train = "train"
    validation = "validation"
    test = "test"


def evaluate(
    path: Annotated[
        Path, typer.Argument(metavar="PATH", help="A run directory, or one checkpoint in it.")
    ],
    split: Annotated[
        SplitName | None,
        typer.Option(
            help="Which examples; else validation, or test, or train if there is neither."
        ),
    ] = None,
    data_dir: DataDir = None,
    offline: Offline = False,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> None:
    """Judge a checkpoint and compare with the figures logged when it was written."""
    from dltrain.checkpoints.find import find_checkpoint
    from dltrain.data.location import default_data_dir
    from dltrain.devices.loading import load_tensorflow
    from dltrain.devices.quiet import tensorflow_messages_to

    found = find_checkpoint(path)  # before TensorFlow: a wrong path is told at once
    with tensorflow_messages_to(None if verbose else Path(os.devnull)):
        load_tensorflow()
        from dltrain.evaluation.evaluate_checkpoint import evaluate_checkpoint

        evaluation = evaluate_checkpoint(
            found,
            split.value if split else None,
            data_dir or default_data_dir(),
            offline=offline,
        )
    if as_json:
        typer.echo(json.dumps(evaluation.as_json(), indent=2))
    else:
        from dltrain.cli.report import print_evaluation

        print_evaluation(evaluation, sys.stdout)
    if evaluation.matches_logged is False:
        raise RunError(
            f"{evaluation.checkpoint} does not give the figures logged when it was written: "
            f"{evaluation.figures.as_metrics()} now, {evaluation.logged} then."
        )
