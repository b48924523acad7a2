"""Whether the data is that of the run, and every logged validation can be repeated."""

from collections.abc import Iterator
from pathlib import Path

from dltrain.checkpoints.verify import load_in_motion
from dltrain.checkpoints.verify_state import RunFiles
from dltrain.data.dataset import Dataset, load_dataset
from dltrain.evaluation.evaluate_checkpoint import Evaluation, Evaluator, make_evaluator
from dltrain.runs.checks import Failures, Report

WHATEVER: Failures = (
    Exception,
)  # a wrong file may make TensorFlow raise anything; the next check is made


def verify_figures(files: RunFiles, data_dir: Path, report: Report, *, offline: bool) -> None:
    """Check the fingerprint of the data found now, and judge every checkpoint once more.

    Args:
        files: what was read of the run.
        data_dir: where prepared datasets lie.
        report: takes the checks.
        offline: forbid the network.
    """
    newest = next(reversed(files.checkpoints.values()), None)
    if newest is None:
        _compare_data_alone(files, data_dir, report, offline=offline)
        return
    evaluator = report.attempt(
        "dataset", lambda: make_evaluator(newest, data_dir, offline=offline), WHATEVER
    )
    if evaluator is None:
        report.note("figures", "not repeated")
        return
    _compare_data(evaluator.dataset, files, report)
    for checkpoint in files.checkpoints:
        _repeat(checkpoint, files, evaluator, report)


def _compare_data_alone(files: RunFiles, data_dir: Path, report: Report, *, offline: bool) -> None:
    """Where there is no checkpoint, the config alone says which data it is."""
    if files.experiment is None:
        report.note("dataset", "not read: there is neither config nor checkpoint")
        return
    data = files.experiment.data
    dataset = report.attempt(
        "dataset", lambda: load_dataset(data, data_dir, offline=offline), WHATEVER
    )
    if dataset:
        _compare_data(dataset, files, report)


def _compare_data(dataset: Dataset, files: RunFiles, report: Report) -> None:
    """The manifest says what it was; without one each checkpoint says it for itself."""
    name = dataset.info.name
    if files.manifest is None:
        report.note("dataset", f"{name} is here; without a manifest nothing says what it was")
        return
    is_same = dataset.fingerprint == files.manifest.dataset.sha256
    problems = [] if is_same else [f"the {name} found now is not that of the run"]
    report.hold("dataset", problems, f"{name} is that of the run")


def _repeat(name: str, files: RunFiles, evaluator: Evaluator, report: Report) -> None:
    known, title = files.checkpoints[name], f"{name} figures"
    if known.state.get("validation") is None:
        return  # it lies between two validations
    if known.experiment != evaluator.experiment or not len(evaluator.dataset.validation):
        report.note(title, "not repeated: it is of another config")
        return
    place = files.places[name]
    evaluation = report.attempt(title, lambda: _judged_now(name, place, evaluator), WHATEVER)
    if isinstance(evaluation, str):
        report.note(title, evaluation)
    elif evaluation:
        report.hold(title, _deviations(evaluation), _agreement(evaluation))


def _judged_now(name: str, place: Path, evaluator: Evaluator) -> Evaluation | str:
    """Its figures, or why there are none without any fault.

    Its files were verified a while ago; a training under way may have deleted them since.
    """
    checkpoint = load_in_motion(name, place)
    if checkpoint is None:
        return "not repeated: it is not there any more"
    return evaluator.evaluate(checkpoint, name, "validation", only_logged=True)


def _deviations(evaluation: Evaluation) -> Iterator[str]:
    if evaluation.matches_logged:
        return
    now, logged = evaluation.figures.as_metrics(), evaluation.logged or {}
    for key, value in now.items():
        if value != logged[key]:
            yield f"{key} is {value:.17g} now, {logged[key]:.17g} was logged"


def _agreement(evaluation: Evaluation) -> str:
    if evaluation.is_exact_expected:
        return "exactly those logged when it was written"
    return f"within 1e-5 of those logged; {'; '.join(evaluation.notes)}"
