"""``dltrain launch CONFIG --workers N``: several processes of this machine share one run."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

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
from dltrain.cli.run import compose, default_run_dir
from dltrain.cli.screen_text import plain
from dltrain.errors import RunError, UserError

if TYPE_CHECKING:
    from dltrain.config.schema import ExperimentConfig
    from dltrain.runs.run_dir import RunDir


def launch(
    config: Config,
    workers: Annotated[
        int | None, typer.Option(min=1, help="How many processes to start on this machine.")
    ] = None,
    hosts: Annotated[
        str | None,
        typer.Option(
            metavar="HOST:PORT,...",
            help="Start nothing: print the command to type on each of these machines.",
        ),
    ] = None,
    restarts: Annotated[
        int, typer.Option(min=0, help="How often to start all again after one has died.")
    ] = 0,
    overrides: Overrides = None,
    run_dir: RunDirectory = None,
    data_dir: DataDir = None,
    seed: Seed = None,
    smoke: Smoke = False,
    synthetic: Synthetic = False,
    offline: Offline = False,
    fresh: Fresh = False,
    expect: Expect = None,
    verbose: Verbose = False,
) -> None:
    """Train one experiment with several workers; the same command again resumes it.

    A worker that dies stops the others within seconds; Ctrl-C stops all, after a checkpoint.
    """
    from dltrain.cli.expect import failures, parse_expectations

    expectations = parse_expectations(expect or [])
    asked = Asked(
        config=config,
        overrides=tuple(overrides or ()),
        run_dir=run_dir,
        data_dir=data_dir,
        seed=seed,
        switches={
            "--smoke": smoke,
            "--synthetic": synthetic,
            "--offline": offline,
            "--verbose": verbose,
        },
    )
    if (workers is None) == (hosts is None):
        raise UserError(
            "launch needs one of --workers and --hosts: processes of this machine, or machines.\n"
            "Write, for example, --workers 2."
        )
    if hosts is not None:
        _print_commands(asked, hosts, fresh=fresh, expect=expect or [])
        return
    summary = _launch(asked, workers or 1, restarts, fresh=fresh)
    if unmet := failures(expectations, summary):
        raise RunError("\n".join(unmet))


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a person said that every worker has to hear too; the attributes are the options."""

    config: Path
    overrides: tuple[str, ...]
    run_dir: Path | None
    data_dir: Path | None
    seed: int | None
    switches: dict[str, bool]

    def experiment(self, workers: int, replicas: int | None = None) -> "ExperimentConfig":
        """The experiment, if so many workers can share it, with so many replicas in all.

        Raises:
            ConfigError: with every mistake.
        """
        from dltrain.config.fit_workers import refuse_unshareable

        synthetic = self.switches["--synthetic"]
        experiment = compose(
            self.config,
            list(self.overrides),
            seed=self.seed,
            smoke=self.switches["--smoke"],
            synthetic=synthetic,
            workers=workers,
        )
        texts = [*self.overrides, *(["data.synthetic=true"] if synthetic else [])]
        refuse_unshareable(experiment, (self.config, texts), workers, replicas)
        return experiment

    def arguments(self, run_dir: Path | None) -> list[str]:
        """The arguments of `dltrain run` that say the same."""
        words = [str(self.config)]
        for text in self.overrides:
            words += ["--set", text]
        values = {"--run-dir": run_dir, "--data-dir": self.data_dir, "--seed": self.seed}
        for name, value in values.items():
            words += [] if value is None else [name, str(value)]
        return [*words, *(name for name, is_on in self.switches.items() if is_on)]


def _print_commands(asked: Asked, hosts: str, *, fresh: bool, expect: list[str]) -> None:
    from dltrain.cli.launch_hosts import commands_on
    from dltrain.runs.cluster import parse_addresses

    addresses = parse_addresses(hosts, "--hosts")
    asked.experiment(len(addresses))
    words = asked.arguments(asked.run_dir) + (["--fresh"] if fresh else [])
    for text in expect:
        words += ["--expect", text]
    typer.echo(commands_on(addresses, words))


def _launch(asked: Asked, workers: int, restarts: int, *, fresh: bool) -> dict[str, Any]:
    """Train with workers of this machine; returns the summary of the finished run."""
    from dltrain.cli.supervise import supervise
    from dltrain.cli.worker_output import WorkerOutput
    from dltrain.cli.worker_shares import gpu_shares, visible_gpus
    from dltrain.cli.workers import Workers
    from dltrain.runs.run_dir import RunDir

    gpus = gpu_shares(visible_gpus(os.environ), workers)
    experiment = asked.experiment(workers, sum(max(1, len(share)) for share in gpus))
    run = RunDir(asked.run_dir or default_run_dir(asked.config, experiment))
    summary = _earlier(run, experiment, fresh=fresh)
    if summary is not None:
        return summary
    command = [sys.executable, "-m", "dltrain", "run", *asked.arguments(run.path)]
    team = Workers(command=command, gpus=gpus)
    if exit_code := supervise(team, run, WorkerOutput(sys.stderr), restarts=restarts):
        raise typer.Exit(exit_code)
    summary = run.read_summary()
    if summary is None:
        raise RunError(f"all workers ended well, but {run.path} holds no summary.")
    return summary


def _earlier(
    run: "RunDir", experiment: "ExperimentConfig", *, fresh: bool
) -> dict[str, Any] | None:
    """The summary of a run that is finished, printed; None where there is something to train.

    Raises:
        UserError: the run directory cannot be used for this experiment.
        RunError: the run is over and not finished.
    """
    from dltrain.cli.one_run import over
    from dltrain.cli.summary import print_summary
    from dltrain.runs.run_dir import occupy, refuse_another_config, set_aside_run

    if fresh and (aside := set_aside_run(run.path)):
        print(f"the earlier run is now {plain(aside)}", file=sys.stderr)
    with occupy(run.path):
        refuse_another_config(run, experiment)
        summary = run.read_summary()
    if summary is None:
        return None
    print_summary(over(summary, run.path), run.path, sys.stdout)
    return summary
