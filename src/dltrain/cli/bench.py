"""``dltrain bench CONFIG``: how fast it trains on this machine, and what would be faster."""

import json
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from dltrain.cli.options import AsJson, Config, DataDir, Overrides, Synthetic, Verbose
from dltrain.cli.run import compose

DEFAULT_SECONDS = 60.0
SHORTEST = 1.0


def bench(
    config: Config,
    overrides: Overrides = None,
    seconds: Annotated[
        float, typer.Option(min=SHORTEST, help="About how long all of it may take.")
    ] = DEFAULT_SECONDS,
    data_dir: DataDir = None,
    synthetic: Synthetic = False,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> None:
    """Measure training steps of a config on this machine, and look for faster settings."""
    from dltrain.data.location import default_data_dir
    from dltrain.devices.quiet import tensorflow_messages_to
    from dltrain.measuring.messages import Job
    from dltrain.measuring.process import Process
    from dltrain.measuring.session import Session
    from dltrain.runs.cluster import find_cluster, refuse_several

    experiment = compose(config, overrides, seed=None, smoke=False, synthetic=synthetic)
    refuse_several(find_cluster(experiment.distribution, None, None), "dltrain bench")
    _refuse_distillation(config, overrides)
    job = Job(experiment=experiment, data_dir=data_dir or default_data_dir())
    with tensorflow_messages_to(None if verbose else Path(os.devnull)) as stream:
        session = Session(
            seconds=seconds,
            start=Process,
            tell=lambda message: print(message, file=stream, flush=True),
        )
        report = session.measure(job, config)
    if report is not None and as_json:
        typer.echo(json.dumps(report.as_json(), indent=2))
    elif report is not None:
        from dltrain.cli.screen_bench import print_bench

        print_bench(report, run_command(config, overrides, data_dir, synthetic), sys.stdout)
    if report is None or report.is_interrupted:
        raise typer.Exit(130)


def _refuse_distillation(config: Path, overrides: list[str] | None) -> None:
    """Measure no step whose teacher would be left out.

    Raises:
        ConfigError: the config has one.
    """
    from dltrain.config.load import load_config
    from dltrain.config.mistakes import ConfigError
    from dltrain.config.pointing import Pointer

    loaded, key = load_config(config, overrides or []), "train.distillation"
    if loaded.experiment.train.distillation is not None:
        message = (
            "dltrain bench does not measure a distillation: it would leave the teacher's time out"
        )
        hint = f"measure the student alone with --set {key}=null"
        raise ConfigError([Pointer(loaded.origins).mistake(key, message, hint=hint)])


def run_command(
    config: Path, overrides: list[str] | None, data_dir: Path | None, synthetic: bool
) -> list[str]:
    """The command that trains what was measured."""
    words = ["dltrain", "run", str(config)]
    words += [word for text in overrides or [] for word in ("--set", text)]
    words += ["--data-dir", str(data_dir)] if data_dir else []
    return words + (["--synthetic"] if synthetic else [])
