"""What a run directory says of its run: the config, every epoch, the outcome."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dltrain.config.nodes import plain
from dltrain.config.yaml_nodes import parse_file
from dltrain.errors import UserError
from dltrain.runs.metrics_file import MetricsFile
from dltrain.runs.run_dir import RunDir
from dltrain.runs.typed import EpochLine, problem_of

Figures = Mapping[str, float]


@dataclass(frozen=True, kw_only=True)
class RunRecord:
    """A run as its directory tells it.

    Attributes:
        name: what it is called beside the others.
        path: where it lies, as the person would type it.
        config: the resolved config by dotted key, sections included.
        epochs: the lines of ``metrics.jsonl``, one per epoch.
        summary: ``summary.json``, or None while the run is not over.
        data_sha256: fingerprint of the data it began with, if it is known.
    """

    name: str
    path: str
    config: Mapping[str, Any]
    epochs: tuple[Mapping[str, Any], ...]
    summary: Mapping[str, Any] | None
    data_sha256: str | None

    @property
    def status(self) -> str:
        """``finished``, ``diverged`` or ``failed``; ``unfinished`` before that.

        A run that can go on has no summary, so it is unfinished whatever has stopped it.
        """
        return self.summary["status"] if self.summary else "unfinished"

    @property
    def num_epochs(self) -> int:
        """Epochs that were trained to their end, so far."""
        last = self.epochs[-1]["epoch"] if self.epochs else 0
        return (self.summary or {}).get("epochs", last)

    @property
    def best(self) -> Mapping[str, Any] | None:
        """Epoch, step and checkpoint that validation chose; None where nothing was chosen yet."""
        return (self.summary or {}).get("best")

    @property
    def train_at_best(self) -> Figures | None:
        """Training figures of the best epoch."""
        if self.best is None:
            return None
        number = self.best["epoch"]
        return next((line["train"] for line in self.epochs if line["epoch"] == number), None)

    @property
    def train_at_end(self) -> Figures | None:
        """Training figures of the last epoch."""
        return self.epochs[-1]["train"] if self.epochs else None

    @property
    def validation(self) -> Figures | None:
        """Figures of the best epoch; of the last validation while the run is not over."""
        if self.summary is not None:
            return self.summary.get("validation")
        done = (line["validation"] for line in reversed(self.epochs) if line.get("validation"))
        return next(done, None)

    @property
    def test(self) -> Figures | None:
        """Figures of the one look at the test set."""
        return (self.summary or {}).get("test")

    def metric(self, figures: Figures | None) -> str | None:
        """The metric to show beside the loss: the one that chose the best epoch, or the first."""
        names = [name for name in figures or () if name not in {"loss", "examples"}]
        monitor = self.config.get("train.monitor")
        return monitor if monitor in names else next(iter(names), None)

    @property
    def seconds(self) -> float:
        """Seconds of training, validation included."""
        so_far = sum(line["timing"]["seconds"] for line in self.epochs)
        return (self.summary or {}).get("seconds", so_far)


def read_run(run: RunDir, name: str) -> RunRecord:
    """Read a run directory.

    Raises:
        UserError: one of its files is damaged.
    """
    tree, mistakes = parse_file(str(run.config))
    if mistakes:
        raise UserError(f"{run.config} is damaged: {mistakes[0].message}.")
    values = plain(tree)
    assert isinstance(values, dict)
    dataset = (run.read_manifest() or {}).get("dataset")
    sha256 = dataset.get("sha256") if isinstance(dataset, dict) else None
    return RunRecord(
        name=name,
        path=str(run.path),
        config=dict(flat(values)),
        epochs=_epochs(run),
        summary=run.read_summary(),
        data_sha256=sha256 if isinstance(sha256, str) else None,
    )


def _epochs(run: RunDir) -> tuple[Mapping[str, Any], ...]:
    try:
        lines = MetricsFile(run.metrics).read()
        epochs = tuple(line for line in lines if line["kind"] == "epoch")
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise UserError(f"{run.metrics} is damaged: a line is no record ({error}).") from error
    problems = (problem_of(EpochLine, line) for line in epochs)
    problem = next(filter(None, problems), None)
    if problem is not None:
        raise UserError(f"{run.metrics} is damaged: a line is no record ({problem}).")
    return epochs


def flat(section: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    """Every key by its dotted path; a section is there itself, and then what is in it."""
    for key, value in section.items():
        inner = f"{path}.{key}" if path else key
        yield inner, value
        if isinstance(value, Mapping):
            yield from flat(value, inner)
