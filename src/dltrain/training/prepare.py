"""Everything before the first step: devices, data, model, and where the run stands."""

from typing import Any

from dltrain.config.save import to_yaml
from dltrain.config.schema import ExperimentConfig
from dltrain.data.dataset import Dataset, load_dataset
from dltrain.devices.environment import SHAPE, describe_environment
from dltrain.devices.setup import Threads, prepare_tensorflow
from dltrain.devices.team import Team
from dltrain.runs import run_dir
from dltrain.runs.files import replace_bytes
from dltrain.training.begun import experiment_now
from dltrain.training.distillation import refuse_other_teacher
from dltrain.training.facts import facts_of
from dltrain.training.following import Follower
from dltrain.training.interrupt import Interrupt
from dltrain.training.joining import find_each_other, join, refuse_other_data
from dltrain.training.journal import note
from dltrain.training.learner import Learner
from dltrain.training.loop import Loop
from dltrain.training.observer import Observer
from dltrain.training.plan import make_plan
from dltrain.training.ready import make_ready
from dltrain.training.request import Request
from dltrain.training.resuming import restore_newest
from dltrain.training.saving import Saver
from dltrain.training.state import LoopState


def prepare(request: Request, observer: Observer, interrupt: Interrupt) -> Loop:
    """Begin a run, or stand where an earlier process of it has stopped.

    Raises:
        LeftError: a signal came while it waited for other workers.
        UserError: the data or the devices are not there, or not those of the run.
        RunError: another worker is gone, or has not come.
    """
    manifest = request.run.read_manifest() if request.cluster.is_chief else None
    meeting = find_each_other(request, manifest, observer, interrupt)
    threads = meeting.threads
    experiment = experiment_now(request, manifest)
    notes = prepare_tensorflow(
        seed=experiment.seed,
        deterministic=experiment.train.deterministic,
        threads=threads,
        distribution=experiment.distribution,
        cluster=meeting.cluster,
    )
    team = join(meeting.cluster, experiment.distribution)
    with team.losing_nobody():
        observer.on_phase(f"reading {experiment.data.name}")
        dataset = load_dataset(experiment.data, request.data_dir, offline=request.offline)
        refuse_other_data(team, dataset, manifest)
        notes += refuse_other_teacher(request.teacher, dataset, team, manifest)
        observer.on_phase("building the model")
        experiment, learner = make_ready(
            experiment,
            dataset,
            team,
            teacher=request.teacher,
            planned_steps=request.planned_steps,
        )
        environment = _environment(threads, team, dataset)
        if team.is_chief:
            _write_beginning(request, team, experiment, environment, is_new=manifest is None)
        loop = _make_loop(
            request, experiment, dataset, learner, team, environment, observer, interrupt
        )
        has_begun = team.from_chief(b"" if manifest is None else b"begun") != b""
        resumed_step = restore_newest(loop, environment) if has_begun else None
        observer.on_start(facts_of(loop, resumed_step, (*notes, *dataset.notices)))
        return loop


def _environment(threads: Threads, team: Team, dataset: Dataset) -> dict[str, Any]:
    replicas, workers = team.strategy.num_replicas_in_sync, team.cluster.count
    return {
        **describe_environment(threads, replicas, workers),
        "data": dataset.fingerprint,
    }


def _make_loop(
    request: Request,
    experiment: ExperimentConfig,
    dataset: Dataset,
    learner: Learner,
    team: Team,
    environment: dict[str, Any],
    observer: Observer,
    interrupt: Interrupt,
) -> Loop:
    run = request.run

    def notice(message: str) -> None:
        if team.is_chief:  # the others would only repeat it
            observer.on_notice(message)
            note(team, run, "notice", message=message)

    saver = Saver(
        experiment=experiment,
        info=dataset.info,
        learner=learner,
        checkpoints=run.checkpoints,
        metrics=run.metrics,
        environment=environment,
        notice=notice,
    )
    return Loop(
        experiment=experiment,
        plan=make_plan(experiment, len(dataset.train)),
        dataset=dataset,
        learner=learner,
        team=team,
        run=run,
        state=LoopState(),
        saver=saver if team.is_chief else Follower(learner),
        observer=observer,
        interrupt=interrupt,
        notice=notice,
    )


def _write_beginning(
    request: Request,
    team: Team,
    experiment: ExperimentConfig,
    environment: dict[str, Any],
    *,
    is_new: bool,
) -> None:
    """Write down what the run is before its first step."""
    run = request.run
    if is_new:
        facts = {
            **request.provenance,
            "device": environment["device"],
            "threads": environment["threads"],
            **{key: environment[key] for key in SHAPE},
            "dataset": {"name": experiment.data.name, "sha256": environment["data"]},
            **({"teacher": request.teacher.as_json()} if request.teacher else {}),
            "seeds": {"seed": experiment.seed, "split_seed": experiment.data.split_seed},
        }
        run_dir.begin(run, request.experiment, facts)
        note(team, run, "started")
    if not run.config.exists():  # after the manifest, without which it would be a stranger's
        replace_bytes(run.config, to_yaml(experiment).encode())
