"""``dltrain run CONFIG``: train, or go on, or say that it is done."""

import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dltrain.cli.options import DataDir, Offline, Overrides, Verbose
from dltrain.cli.screen_text import plain
from dltrain.errors import RunError, UserError

if TYPE_CHECKING:
    from dltrain.config.schema import ExperimentConfig
    from dltrain.runs.run_dir import RunDir


def run(
    config: Annotated[Path, typer.Argument(metavar="CONFIG", help="The experiment's YAML file.")],
    overrides: Overrides = None,
    run_dir: Annotated[
        Path | None,
        typer.Option(
            "--run-dir", metavar="DIR", help="Where the run lives; else runs/<config>/<digest>."
        ),
    ] = None,
    data_dir: DataDir = None,
    seed: Annotated[
        int | None, typer.Option(min=0, max=2**31 - 1, help="Replace the config's seed.")
    ] = None,
    seeds: Annotated[
        int | None, typer.Option(min=2, help="Train this many seeds; print mean and spread.")
    ] = None,
    smoke: Annotated[
        bool, typer.Option("--smoke", help="A few steps on a tiny subset: does everything work?")
    ] = False,
    synthetic: Annotated[
        bool, typer.Option("--synthetic", help="Generated data of the same shape.")
    ] = False,
    offline: Offline = False,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Set an earlier run aside and start anew.")
    ] = False,
    expect: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FIGURE>=NUMBER",
            help="Exit with 1 unless it holds, e.g. 'test.accuracy>=0.97'; may be repeated.",
        ),
    ] = None,
    verbose: Verbose = False,
) -> None:
    """Train the experiment; the same command again resumes it or says that it is finished."""
    from dltrain.cli.expect import failures, parse_expectations
    from dltrain.cli.summary import print_summary
    from dltrain.config.split_sizes import total_steps

    expectations = parse_expectations(expect or [])
    if seeds is not None:
        from dltrain.cli.seeds import run_seeds

        with_seed = partial(compose, config, overrides, smoke=smoke, synthetic=synthetic)
        first = with_seed(seed=seed).seed
        paths = {
            number: run_dir / f"seed-{number}"
            if run_dir
            else default_run_dir(config, with_seed(seed=number))
            for number in range(first, first + seeds)
        }
        summary = run_seeds(paths, sys.argv[1:])
    else:
        experiment = compose(config, overrides, seed=seed, smoke=smoke, synthetic=synthetic)
        path = run_dir or default_run_dir(config, experiment)
        whole = compose(config, overrides, seed=seed, smoke=False, synthetic=synthetic)
        conditions = Conditions(
            config=config,
            data_dir=data_dir,
            offline=offline,
            verbose=verbose,
            planned_steps=total_steps(whole),
        )
        summary = _run_one(experiment, path, conditions, fresh=fresh)
        print_summary(summary, path, sys.stdout)
    unmet = failures(expectations, summary)
    if unmet:
        raise RunError("\n".join(unmet))


def compose(
    config: Path, overrides: list[str] | None, *, seed: int | None, smoke: bool, synthetic: bool
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
    return shrink(experiment) if smoke else experiment


def default_run_dir(config: Path, experiment: "ExperimentConfig") -> Path:
    """Where this experiment's run lives when the command does not say."""
    from dltrain.runs.run_dir import default_path

    return default_path(config, experiment)


@dataclass(frozen=True, kw_only=True)
class Conditions:
    """What a person said beside the experiment.

    Attributes:
        config: the YAML file.
        data_dir: where prepared datasets lie; None for the usual places.
        offline: forbid the network.
        verbose: show what TensorFlow says.
        planned_steps: of the whole training, of which ``--smoke`` takes a small piece.
    """

    config: Path
    data_dir: Path | None
    offline: bool
    verbose: bool
    planned_steps: int


def _run_one(
    experiment: "ExperimentConfig", path: Path, conditions: Conditions, *, fresh: bool
) -> dict[str, Any]:
    from dltrain.runs.run_dir import occupy, refuse_another_config, set_aside_run

    if fresh and (aside := set_aside_run(path)):
        print(f"the earlier run is now {plain(aside)}", file=sys.stderr)
    with occupy(path) as run:
        refuse_another_config(run, experiment)
        summary = run.read_summary()
        if summary is None:
            return _train(experiment, run, conditions)
    if summary["status"] != "finished":
        raise RunError(f"{summary.get('error', path)}\nThis run is over; --fresh starts it anew.")
    print("this run is finished; --fresh trains it anew", file=sys.stderr)
    return summary


def _train(experiment: "ExperimentConfig", run: "RunDir", conditions: Conditions) -> dict[str, Any]:
    """Load TensorFlow quietly and train, with a live screen and an ear for signals."""
    from dltrain.cli.screen import make_screen
    from dltrain.data.location import default_data_dir
    from dltrain.devices.quiet import tensorflow_messages_to
    from dltrain.runs.manifest import describe
    from dltrain.runs.run_dir import discard_if_not_begun
    from dltrain.training.interrupt import listen

    log = None if conditions.verbose else run.tensorflow_log
    with (
        listen() as interrupt,
        tensorflow_messages_to(log) as stream,
        make_screen(stream) as screen,
    ):
        interrupt.notify = screen.on_notice
        screen.on_phase("loading TensorFlow")
        from dltrain.training.loop import Interrupted
        from dltrain.training.run import Request, train_run

        request = Request(
            experiment=experiment,
            run=run,
            data_dir=conditions.data_dir or default_data_dir(),
            offline=conditions.offline,
            provenance=describe(sys.argv[1:], conditions.config),
            planned_steps=conditions.planned_steps,
        )
        try:
            return train_run(request, screen, interrupt)
        except Interrupted:
            exit_code = interrupt.exit_code
        except UserError:
            discard_if_not_begun(run)
            raise
    where = plain(run.path)
    print(f"stopped and saved in {where}; the same command goes on from there", file=sys.stderr)
    raise typer.Exit(exit_code)
