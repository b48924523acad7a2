"""What a watcher is told before the first step."""

from dltrain.config.schema import ExperimentConfig
from dltrain.config.tasks import training_metric
from dltrain.data.dataset import Dataset
from dltrain.devices.setup import describe_devices
from dltrain.training.loop import Loop
from dltrain.training.observer import BestSoFar, RunFacts


def facts_of(loop: Loop, resumed_step: int | None, notes: tuple[str, ...]) -> RunFacts:
    """The facts of a training that is about to take a step.

    Args:
        loop: what is about to begin.
        resumed_step: the step of the checkpoint it goes on from, or None.
        notes: one-line facts worth saying.
    """
    experiment, dataset, plan, best = loop.experiment, loop.dataset, loop.plan, loop.state.best
    train = experiment.train
    devices = describe_devices(
        loop.learner.strategy.num_replicas_in_sync, train.precision, train.jit, loop.team.cluster
    )
    return RunFacts(
        run_dir=loop.run.path,
        model=f"{experiment.model.name}, {loop.learner.model.count_params():,} parameters",
        data=f"{experiment.data.name}: {_counts(dataset)}",
        device=devices,
        epochs=train.epochs,
        steps_per_epoch=plan.steps_per_epoch,
        total_steps=plan.total_steps,
        monitor=train.monitor if len(dataset.validation) else None,
        train_metric=training_metric(dataset.info),
        validation_metric=_shown_metric(experiment),
        resumed_step=resumed_step,
        best=BestSoFar(best.epoch, best.validation) if best else None,
        notes=(*notes, *_where_examples_are(experiment, dataset)),
    )


def _where_examples_are(experiment: ExperimentConfig, dataset: Dataset) -> tuple[str, ...]:
    """What to say of examples that are not kept in memory."""
    if experiment.data.resident is not False:
        return ()
    stored_bytes = dataset.examples_of("train").nbytes
    return (f"{stored_bytes / 2**20:,.0f} MiB of training examples are read as they are needed",)


def _counts(dataset: Dataset) -> str:
    """How many examples there are of each part that has any."""
    parts = {"train": dataset.train, "validation": dataset.validation, "test": dataset.test}
    return ", ".join(f"{len(part):,} {name}" for name, part in parts.items() if len(part))


def _shown_metric(experiment: ExperimentConfig) -> str:
    """The metric shown beside the validation loss: the monitored one, or the first."""
    train = experiment.train
    return train.metrics[0] if train.monitor in {"loss", "auto"} else train.monitor
