"""A small training in this process, which can be interrupted at a chosen moment."""

import json
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

Settings = dict[str, Any]

DATA = {
    "name": "digits",
    "limit": 100,
    "batch_size": 32,
    "validation": 100,
    "evaluation_limit": 60,
}
MODELS = {
    "mlp": {"name": "mlp", "hidden_units": [16], "norm": "batch", "dropout": 0.2},
    "cnn": {"name": "cnn", "filters": [8], "norm": "batch", "dropout": 0.2},
    "lstm": {"name": "lstm", "units": [8], "bidirectional": True, "pooling": "max", "dropout": 0.2},
    "crnn": {"name": "crnn", "units": [8], "filters": [4], "dropout": 0.2},
    "transformer": {"name": "transformer", "dim": 8, "depth": 1, "heads": 2, "dropout": 0.2},
}
TRAIN = {
    "epochs": 3,
    "ema": 0.9,
    "jit": False,
    "precision": "float32",
    "steps_per_call": 2,
    "keep_checkpoints": 99,
}
OPTIMIZER = {"learning_rate": 0.01, "clip_norm": 1.0}


@dataclass
class Watcher:
    """An observer that remembers, and asks the training to stop at one moment.

    Attributes:
        stop_at: a step after whose call the signal comes, or the name of a moment.
        interrupt: the flag it sets.
        told: names of the events, in order.
        epochs: the epoch records.
        notices: the notices.
        facts: what was said before the first step.
    """

    stop_at: int | str | None
    interrupt: Any
    told: list[str] = field(default_factory=list)
    epochs: list[Any] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    facts: Any = None

    def _stop(self, is_now: bool) -> None:
        if is_now:
            self.interrupt.signal_number = signal.SIGTERM

    def on_phase(self, message: str) -> None:
        """Remember it."""
        self.told.append(message)
        self._stop(self.stop_at == "test" and message.startswith("testing"))

    def on_start(self, facts: Any) -> None:
        """Remember it."""
        self.facts = facts
        self._stop(self.stop_at == "start")

    def on_progress(self, progress: Any) -> None:
        """Compare with the step to stop at."""
        self._stop(isinstance(self.stop_at, int) and progress.step >= self.stop_at)

    def on_epoch(self, record: Any) -> None:
        """Remember it."""
        self.told.append("epoch")
        self.epochs.append(record)

    def on_notice(self, message: str) -> None:
        """Remember it."""
        self.notices.append(message)


@dataclass(frozen=True)
class Trained:
    """What a training left behind.

    Attributes:
        path: its run directory.
        summary: of a finished one, None of an interrupted one.
        watcher: what it was told.
    """

    path: Path
    summary: dict[str, Any] | None
    watcher: Watcher

    def lines(self) -> list[dict[str, Any]]:
        """The metric lines without what a clock decides."""
        text = (self.path / "metrics.jsonl").read_text(encoding="utf-8")
        lines = [json.loads(line) for line in text.splitlines()]
        return [{key: line[key] for key in line if key != "timing"} for line in lines]

    def checkpoints(self) -> dict[str, tuple[dict[str, bytes], dict[str, Any]]]:
        """Bytes of every array, and the state without clock times, of every checkpoint."""
        from dltrain.checkpoints import folder, store

        found = {}
        for path in folder.in_folder(self.path / "checkpoints"):
            checkpoint = store.load(path)
            arrays = {key: array.tobytes() for key, array in checkpoint.arrays.items()}
            state = {**checkpoint.state, "seconds": None, "metrics_length": None}
            state["metrics_sha256"] = None
            state["sums"] = {**state["sums"], "seconds": None}
            found[path.name] = (arrays, state)
        return found

    def outcome(self) -> dict[str, Any]:
        """The summary on disk without the seconds, and without sums of what holds the time."""
        summary: dict[str, Any] = json.loads((self.path / "summary.json").read_text())
        return {
            key: value
            for key, value in summary.items()
            if key not in {"seconds", "model", "sha256"}
        }

    def assert_same(self, expected: "Trained") -> None:
        """Metric lines, summary, and every checkpoint of the other are equal to the bit."""
        assert self.lines() == expected.lines()
        assert self.outcome() == expected.outcome()
        ours = self.checkpoints()
        for name, (arrays, state) in expected.checkpoints().items():
            assert ours[name][1] == state
            assert ours[name][0] == arrays


def settings_of(model: str, /, **sections: Any) -> Settings:
    """A small experiment with the given keys of each section laid over it."""
    base = {"data": DATA, "model": MODELS[model], "train": TRAIN, "optimizer": OPTIMIZER}
    settings: Settings = {key: {**base[key], **sections.pop(key, {})} for key in base}
    return settings | sections


def _train(path: Path, settings: Settings, stop_at: int | str | None = None) -> Trained:
    from dltrain.checkpoints.teacher import read_teacher
    from dltrain.config.load import load_text
    from dltrain.config.teacher_path import teacher_path
    from dltrain.runs.run_dir import occupy
    from dltrain.training.interrupt import Interrupt
    from dltrain.training.loop import Interrupted
    from dltrain.training.run import Request, train_run

    loaded = load_text(json.dumps(settings), "test.yaml")
    experiment = loaded.experiment
    interrupt = Interrupt()
    watcher = Watcher(stop_at, interrupt)
    with occupy(path) as run:
        request = Request(
            experiment=experiment,
            run=run,
            data_dir=path,
            offline=True,
            provenance={},
            teacher=read_teacher(teacher_path(loaded), experiment),
        )
        try:
            summary = train_run(request, watcher, interrupt)
        except Interrupted:
            summary = None
    return Trained(path, summary, watcher)


@pytest.fixture(scope="session")
def train(tensorflow: None) -> Callable[..., Trained]:  # noqa: ARG001 - prepared, not used
    """``train(path, settings, stop_at)`` trains, or goes on, in this process."""
    return _train


@pytest.fixture(scope="session")
def small() -> Callable[..., Settings]:
    """``small("mlp", train={...})`` gives the settings of a training of a second."""
    return settings_of
