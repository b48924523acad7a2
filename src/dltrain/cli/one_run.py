"""One run in this process: its directory, its screen, its ear for signals."""

import contextlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from dltrain.cli.screen_text import plain
from dltrain.errors import DltrainError, RunError, UserError

SECONDS_FOR_OTHERS, SECONDS_FOR_CHIEF = 60.0, 5.0  # where there is nothing to train

if TYPE_CHECKING:
    from dltrain.config.schema import ExperimentConfig
    from dltrain.runs.cluster import Cluster
    from dltrain.runs.run_dir import RunDir


@dataclass(frozen=True, kw_only=True)
class Conditions:
    """What a person said beside the experiment.

    Attributes:
        config: the YAML file.
        data_dir: where prepared datasets lie; None for the usual places.
        offline: forbid the network.
        verbose: show what TensorFlow says.
        planned_steps: of the whole training, of which ``--smoke`` takes a small piece.
        teacher: where the model lies that is learned from too; None for none.
        cluster: the workers that share the run, and which of them this is.
    """

    config: Path
    data_dir: Path | None
    offline: bool
    verbose: bool
    planned_steps: int
    teacher: Path | None
    cluster: "Cluster"


def run_one(
    experiment: "ExperimentConfig", path: Path, conditions: Conditions, *, fresh: bool
) -> dict[str, Any]:
    """Train, go on, or say that it is done; gives the summary.

    Raises:
        typer.Exit: a signal came, and the state is saved.
        RunError: the run is over and has not finished well.
        UserError: the directory is not that of such a run, or is in use.
    """
    from dltrain.runs.meeting import tell_over
    from dltrain.runs.run_dir import RunDir, occupy, refuse_another_config, set_aside_run

    if not conditions.cluster.is_chief:  # the chief sets aside, holds and writes the directory
        run = RunDir(path)
        summary = None if fresh else run.read_summary()
        if summary is None:
            return _train(experiment, run, conditions)
        tell_over(conditions.cluster, experiment, summary["status"], SECONDS_FOR_CHIEF)
        return over(summary, path)
    if fresh and conditions.teacher is not None:
        _refuse_wrong_teacher(conditions.teacher, experiment)  # before anything is set aside
    if fresh and (aside := set_aside_run(path)):
        print(f"the earlier run is now {plain(aside)}", file=sys.stderr)
    with occupy(path) as run:
        refuse_another_config(run, experiment)
        summary = run.read_summary()
        if summary is None:
            return _train(experiment, run, conditions)
        tell_over(conditions.cluster, experiment, summary["status"], SECONDS_FOR_OTHERS)
    return over(summary, path)


def over(summary: dict[str, Any], path: Path) -> dict[str, Any]:
    """Say that a run is finished; gives its summary.

    Raises:
        RunError: it is over, but has not finished.
    """
    if summary["status"] != "finished":
        raise RunError(
            f"{summary.get('error', plain(path))}\nThis run is over; --fresh starts it anew."
        )
    print("this run is finished; --fresh trains it anew", file=sys.stderr)
    return summary


def _refuse_wrong_teacher(path: Path, experiment: "ExperimentConfig") -> None:
    """Read a teacher, only to see that it can be one; see `read_teacher` for what is raised."""
    from dltrain.training.interrupt import deferring

    with deferring():  # NumPy comes with it, whose threads would take the signals of `listen`
        from dltrain.checkpoints.teacher import read_teacher

        read_teacher(path, experiment)


def _train(experiment: "ExperimentConfig", run: "RunDir", conditions: Conditions) -> dict[str, Any]:
    """Load TensorFlow quietly and train, with a live screen and an ear for signals."""
    from dltrain.cli.screen import make_screen
    from dltrain.data.location import default_data_dir
    from dltrain.devices.loading import load_tensorflow
    from dltrain.devices.quiet import tensorflow_messages_to
    from dltrain.runs.manifest import describe
    from dltrain.training.interrupt import listen

    cluster = conditions.cluster
    with (
        listen() as interrupt,
        _log(run, conditions) as log,
        tensorflow_messages_to(log) as stream,
        make_screen(stream, cluster) as screen,
    ):
        interrupt.notify = screen.on_notice
        # not before `listen`: NumPy comes with it, whose threads would take the signals
        from dltrain.checkpoints.teacher import read_teacher

        teacher = read_teacher(conditions.teacher, experiment)  # a wrong path is told at once
        screen.on_phase("loading TensorFlow")
        load_tensorflow()
        from dltrain.runs.meeting import LeftError, OverError
        from dltrain.training.loop import Interrupted
        from dltrain.training.run import Request, train_run

        request = Request(
            experiment=experiment,
            run=run,
            data_dir=conditions.data_dir or default_data_dir(),
            offline=conditions.offline,
            provenance=describe(sys.argv[1:], conditions.config),
            planned_steps=conditions.planned_steps,
            teacher=teacher,
            cluster=cluster,
        )
        try:
            return train_run(request, screen, interrupt)
        except LeftError:
            raise typer.Exit(interrupt.exit_code) from None
        except OverError as status:
            return over({"status": str(status)}, run.path)
        except Interrupted:
            exit_code = interrupt.exit_code
    if cluster.is_chief:
        where = plain(run.path)
        print(f"stopped and saved in {where}; the same command goes on from there", file=sys.stderr)
    raise typer.Exit(exit_code)


@contextlib.contextmanager
def _log(run: "RunDir", conditions: Conditions) -> Iterator[Path | None]:
    """Where TensorFlow's messages go; nothing is left of a run that ends before it has begun."""
    from dltrain.runs.run_dir import discard_if_not_begun

    cluster = conditions.cluster
    log = run.tensorflow_log if cluster.is_chief else run.worker_log(cluster.index)
    if not cluster.is_chief:
        try:
            log.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            reason = error.strerror or error
            raise UserError(
                f"{cluster.name} cannot write its log {log}: {reason}.\n"
                "Choose a writable directory with --run-dir."
            ) from error
    try:
        yield None if conditions.verbose else log
    except (DltrainError, typer.Exit) as error:
        if cluster.is_chief:
            discard_if_not_begun(run)
        elif not isinstance(error, RunError):
            _discard(log)
        raise


def _discard(log: Path) -> None:
    """Remove a log, and the folders that only it was in."""
    log.unlink(missing_ok=True)
    for folder in (log.parent, log.parent.parent):
        with contextlib.suppress(OSError):
            folder.rmdir()
