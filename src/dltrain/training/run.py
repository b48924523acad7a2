"""The story of one run, from a config to a run directory that explains itself."""

import contextlib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import keras

from dltrain.checkpoints.folder import newest_good
from dltrain.checkpoints.variables import refuse_changed_builder
from dltrain.config.fit import mistakes_of
from dltrain.config.load import load_config
from dltrain.config.save import differences, to_yaml
from dltrain.config.schema import ExperimentConfig
from dltrain.config.tasks import resolve_task
from dltrain.data.dataset import Dataset, load_dataset
from dltrain.devices.environment import describe_environment, differing
from dltrain.devices.resolve import (
    find_device,
    resolve_precision_and_jit,
    resolve_steps_per_call,
)
from dltrain.devices.setup import Threads, prepare_tensorflow
from dltrain.devices.strategy import count_replicas, fitting, make_strategy, set_precision
from dltrain.errors import DivergedError, RunError, UserError
from dltrain.runs import run_dir
from dltrain.runs.files import replace_bytes, replace_json, sealed
from dltrain.runs.metrics_file import append_json_line
from dltrain.runs.run_dir import RunDir
from dltrain.training.facts import facts_of
from dltrain.training.interrupt import Interrupt
from dltrain.training.learner import make_learner
from dltrain.training.loop import Interrupted, Loop
from dltrain.training.observer import Observer
from dltrain.training.outcome import finish, outcome
from dltrain.training.plan import make_plan
from dltrain.training.rollback import train
from dltrain.training.state import LoopState


@dataclass(frozen=True, kw_only=True)
class Request:
    """What a person asked for.

    Attributes:
        experiment: the composed config, before `auto` is resolved.
        run: the directory, already held against other processes.
        data_dir: where prepared datasets lie.
        offline: forbid the network.
        provenance: the part of the manifest known before TensorFlow was loaded.
        planned_steps: of the whole experiment where this is a small piece of it (`--smoke`),
            so that it takes the same compiled path; None for the experiment's own.
    """

    experiment: ExperimentConfig
    run: RunDir
    data_dir: Path
    offline: bool
    provenance: dict[str, Any]
    planned_steps: int | None = None


def train_run(request: Request, observer: Observer, interrupt: Interrupt) -> dict[str, Any]:
    """Begin or continue a run, train it to its end, test it once, and sum it up.

    Args:
        request: what to train, and where.
        observer: told what happens.
        interrupt: the flag of the signals.

    Returns:
        The content of ``summary.json``.

    Raises:
        Interrupted: a signal came; the state is saved.
        DivergedError: the loss or a gradient is no longer finite; noted in the summary.
        RunError: the disk did not take the last checkpoint; the run can go on from the one before.
        UserError: the data or the devices are not there.
    """
    run = request.run
    loop = _prepare(request, observer, interrupt)
    try:
        train(loop)
        summary = finish(loop)
    except Interrupted:
        _note(run, "interrupted", step=loop.state.step, signal=interrupt.signal_number)
        raise
    except DivergedError as error:
        _note(run, "diverged", step=loop.state.step, message=str(error))
        summary = {**outcome(loop, "diverged"), "stopped": None, "error": str(error)}
        with contextlib.suppress(OSError):  # not written down, the same command finds it again
            loop.write_waiting()
            replace_json(run.summary, sealed(summary))
        raise
    except RunError as error:  # it can go on once the disk takes what it could not
        _note(run, "failed", step=loop.state.step, message=str(error))
        raise
    replace_json(run.summary, sealed(summary))
    _note(run, "finished", step=loop.state.step)
    return summary


def _prepare(request: Request, observer: Observer, interrupt: Interrupt) -> Loop:
    """Everything before the first step."""
    run, manifest = request.run, request.run.read_manifest()
    experiment = _resolved_before(request) if manifest else request.experiment
    threads = Threads(**manifest["threads"]) if manifest else Threads.of_this_machine()
    notes = prepare_tensorflow(
        seed=experiment.seed,
        deterministic=experiment.train.deterministic,
        threads=threads,
        distribution=experiment.distribution,
    )
    observer.on_phase(f"reading {experiment.data.name}")
    dataset = load_dataset(experiment.data, request.data_dir, offline=request.offline)
    if manifest:
        _refuse_other_data(dataset, manifest)
    strategy = make_strategy(experiment.distribution)
    replicas = count_replicas(experiment.distribution)
    experiment = resolve_task(experiment, dataset.info)
    planned = request.planned_steps
    experiment = resolve_precision_and_jit(experiment, find_device(), replicas, planned)
    _refuse_what_does_not_fit(experiment)
    set_precision(experiment.train.precision)
    observer.on_phase("building the model")
    keras.utils.set_random_seed(experiment.seed)  # whatever has drawn from it in between
    learner = make_learner(experiment, dataset.info, strategy)
    experiment = resolve_steps_per_call(experiment, learner.model)
    environment = {**describe_environment(threads, replicas), "data": dataset.fingerprint}
    if manifest is None:
        _begin(request, experiment, environment)
    if not run.config.exists():  # after the manifest, without which it would be a stranger's
        replace_bytes(run.config, to_yaml(experiment).encode())

    def notice(message: str) -> None:
        observer.on_notice(message)
        _note(run, "notice", message=message)

    loop = Loop(
        experiment=experiment,
        plan=make_plan(experiment, len(dataset.train)),
        dataset=dataset,
        learner=learner,
        run=run,
        state=LoopState(),
        environment=environment,
        observer=observer,
        interrupt=interrupt,
        notice=notice,
    )
    resumed_step = _restore(loop) if manifest else None
    observer.on_start(facts_of(loop, resumed_step, (*notes, *dataset.notices)))
    return loop


def _resolved_before(request: Request) -> ExperimentConfig:
    """The config as an earlier process of this run resolved it, on the devices there are now.

    Raises:
        UserError: somebody has edited it.
    """
    path = request.run.config
    if not path.exists():  # killed right after the manifest
        return request.experiment
    resolved = load_config(path).experiment
    changes = differences(request.experiment, resolved)
    edited = [key for key, asked, _ in changes if asked not in ("auto", None)]
    if edited:
        raise UserError(
            f"{path} has been edited ({', '.join(edited)}), but a run is of one config.\n"
            "Put the old values back, and run a config of your own with the new ones."
        )
    return resolved.model_copy(update={"distribution": fitting(resolved.distribution)})


def _refuse_other_data(dataset: Dataset, manifest: dict[str, Any]) -> None:
    if dataset.fingerprint != manifest["dataset"]["sha256"]:
        raise UserError(
            f"the {dataset.info.name} found now is not the data this run began with.\n"
            "Point --data-dir at the data it began with, or start anew with --fresh."
        )


def _refuse_what_does_not_fit(experiment: ExperimentConfig) -> None:
    """What `auto` has found, such as a number of GPUs, has to fit the rest of the config."""
    mistakes = mistakes_of(experiment, {})
    if mistakes:
        raise UserError(
            "the config does not fit the devices of this machine:\n"
            + "\n".join(
                f"{mistake.path}: {mistake.message}; {mistake.hint}" for mistake in mistakes
            )
        )


def _begin(request: Request, experiment: ExperimentConfig, environment: dict[str, Any]) -> None:
    """Write down what the run is before its first step."""
    run = request.run
    facts = {
        **request.provenance,
        "device": environment["device"],
        "threads": environment["threads"],
        "replicas": environment["replicas"],
        "dataset": {"name": experiment.data.name, "sha256": environment["data"]},
        "seeds": {"seed": experiment.seed, "split_seed": experiment.data.split_seed},
    }
    run_dir.begin(run, request.experiment, facts)
    _note(run, "started")


def _restore(loop: Loop) -> int | None:
    """Go back to the newest good checkpoint; returns its step, or None if there is none."""
    checkpoint = newest_good(loop.run.checkpoints, loop.notice)
    if checkpoint is None:
        loop.metrics.cut_back(0)
        _note(loop.run, "restarted")
        return None
    written_by = checkpoint.environment["packages"].get("dltrain", "another version")
    refuse_changed_builder(loop.learner.model, checkpoint.structure, written_by)
    loop.restore(checkpoint)
    changes = differing(loop.environment, checkpoint.environment)
    if changes:
        loop.observer.on_notice(f"resumed with {'; '.join(changes)}: bit-equality ends here")
    _note(loop.run, "resumed", step=checkpoint.step, changes=changes)
    return checkpoint.step


def _note(run: RunDir, event: str, **facts: Any) -> None:
    """Add a line to `events.jsonl`; a disk that does not take it ends no training."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    with contextlib.suppress(OSError):
        append_json_line(run.events, {"time": now, "event": event, **facts})
