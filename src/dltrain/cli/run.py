"""``dltrain run CONFIG``: train, or go on, or say that it is done."""

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dltrain.cli.options import (
    Config,
    DataDir,
    Expect,
    Fresh,
    Offline,
    Overrides,
    RunDirectory,
    Seed,
    Smoke,
    Synthetic,
    Verbose,
)
from dltrain.errors import RunError

if TYPE_CHECKING:
    from dltrain.config.schema import ExperimentConfig


def run(
    config: Config,
    overrides: Overrides = None,
    run_dir: RunDirectory = None,
    data_dir: DataDir = None,
    seed: Seed = None,
    seeds: Annotated[
        int | None, typer.Option(min=2, help="Train this many seeds; print mean and spread.")
    ] = None,
    smoke: Smoke = False,
    synthetic: Synthetic = False,
    offline: Offline = False,
    fresh: Fresh = False,
    expect: Expect = None,
    workers: Annotated[
        str | None,
        typer.Option(
            metavar="HOST:PORT,...", help="All workers of this training; else those of TF_CONFIG."
        ),
    ] = None,
    worker: Annotated[
        int | None, typer.Option(min=0, help="Which of --workers this one is, from 0.")
    ] = None,
    verbose: Verbose = False,
) -> None:
    """Train the experiment; the same command again resumes it or says that it is finished."""
    from dltrain.cli.expect import failures, parse_expectations, refuse_absent
    from dltrain.cli.one_run import Conditions, run_one
    from dltrain.cli.summary import print_summary
    from dltrain.config.load import load_config
    from dltrain.config.split_sizes import total_steps
    from dltrain.config.teacher_path import teacher_path
    from dltrain.runs.cluster import find_cluster, refuse_several

    expectations = parse_expectations(expect or [])
    whole = compose(config, overrides, seed=seed, smoke=False, synthetic=synthetic)
    refuse_absent(expectations, whole)
    cluster = find_cluster(whole.distribution, workers, worker)
    with_seed = partial(
        compose, config, overrides, smoke=smoke, synthetic=synthetic, workers=cluster.count
    )
    experiment = with_seed(seed=seed)
    if seeds is not None:
        from dltrain.cli.seeds import run_seeds

        refuse_several(cluster, "--seeds")
        paths = {
            number: run_dir / f"seed-{number}"
            if run_dir
            else default_run_dir(config, with_seed(seed=number))
            for number in range(experiment.seed, experiment.seed + seeds)
        }
        summary = run_seeds(paths, sys.argv[1:])
    else:
        path = run_dir or default_run_dir(config, experiment)
        conditions = Conditions(
            config=config,
            data_dir=data_dir,
            offline=offline,
            verbose=verbose,
            planned_steps=total_steps(whole),
            teacher=teacher_path(load_config(config, overrides or [])),
            cluster=cluster,
        )
        summary = run_one(experiment, path, conditions, fresh=fresh)
        if not cluster.is_chief:
            return  # the summary is the chief's to print and to compare
        print_summary(summary, path, sys.stdout)
    unmet = failures(expectations, summary)
    if unmet:
        raise RunError("\n".join(unmet))


def compose(
    config: Path,
    overrides: list[str] | None,
    *,
    seed: int | None,
    smoke: bool,
    synthetic: bool,
    workers: int = 1,
) -> "ExperimentConfig":
    """The experiment the command means: the file, what it extends, and the options.

    Raises:
        ConfigError: with every mistake of all of them.
    """
    from dltrain.config.load import load_config
    from dltrain.config.smoke import shrink

    texts = list(overrides or [])
    texts += [f"seed={seed}"] if seed is not None else []
    texts += ["data.synthetic=true"] if synthetic else []
    experiment = load_config(config, texts).experiment
    return shrink(experiment, workers) if smoke else experiment


def default_run_dir(config: Path, experiment: "ExperimentConfig") -> Path:
    """Where this experiment's run lives when the command does not say."""
    from dltrain.runs.run_dir import default_path

    return default_path(config, experiment)
