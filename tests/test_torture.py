"""The real command killed and stopped at random moments, and rerun to the end of an undisturbed one."""

import json
import random
import shutil
import signal
import sys
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from compare_runs import differences
from dltrain.checkpoints import folder, store
from dltrain.runs.run_dir import RunDir, occupy
from one_life import CONFIG, DLTRAIN, Life, Training
from torture import MODELS, Plan, pace_of, torture, torture_model
from torture_report import Pace, Report

CHEAP = """\
model: {name: mlp, hidden_units: [16], norm: batch, dropout: 0.2}
data: {name: digits, limit: 96, batch_size: 16, validation: 100, evaluation_limit: 60, augmentation: {translate: 1}}
optimizer: {name: adamw, learning_rate: 1e-2, clip_norm: 1.0}
train:
  epochs: 150
  ema: 0.9
  accumulation: 2
  validate_every: 5
  early_stopping: {patience: 4}
  precision: float32
  jit: false
  steps_per_call: 2
  checkpoint_every: 20
  checkpoint_steps: 5
"""
BEFORE = """\
from dltrain.checkpoints.variables import assign
from dltrain.runs.metrics_file import MetricsFile
from dltrain.training import gradients, saving
from dltrain.training.state import EpochSums, LoopState

def forget(**values):
    sound = LoopState.from_json
    def from_json(content):
        state = sound(content)
        for name, value in values.items():
            setattr(state, name, value)
        return state
    LoopState.from_json = from_json

def leave_out(role):
    def assign_others(arrays, roles, **facts):
        assign(arrays, {key: roles[key] for key in roles if key != role}, **facts)
    saving.assign = assign_others

"""
AFTER = """
from dltrain.cli.app import main
main()
"""
BREAKS = {
    "the masks of dropout go on from anywhere": "gradients._seed_random_layers = lambda *_: None",
    "the optimizer begins anew": "leave_out('optimizer')",
    "the averages begin anew": "leave_out('average')",
    "the epoch begins anew": "forget(step_in_epoch=0)",
    "the figures of the cut epoch are lost": "forget(sums=EpochSums())",
    "the patience begins anew": "forget(validations_since_enough=0)",
    "the best is forgotten": "forget(best=None)",
    "lines of metrics stay that ran ahead": "MetricsFile.cut_back = lambda *_: None",
}
PLAN: Plan = [
    (signal.SIGKILL, "writing"),
    (signal.SIGTERM, "steps"),  # one may fall between two epochs; not both, almost surely
    (signal.SIGKILL, "start"),
    (signal.SIGTERM, "steps"),
    (signal.SIGKILL, "end"),
]
Undisturbed = Callable[[], tuple[RunDir, Pace]]


class Silent:
    """An observer that says nothing."""

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *_: None


@pytest.fixture(scope="module")
def cheap(tmp_path_factory: pytest.TempPathFactory, tensorflow: None) -> Undisturbed:  # noqa: ARG001
    """A function that gives the run of CHEAP that nothing disturbed, and its pace.

    It is trained in this process, which computes other things too.
    """
    from dltrain.config.load import load_text
    from dltrain.data.location import default_data_dir
    from dltrain.training.interrupt import Interrupt
    from dltrain.training.run import Request, train_run

    @cache
    def get() -> tuple[RunDir, Pace]:
        observer: Any = Silent()
        started = time.time()
        with occupy(tmp_path_factory.mktemp("undisturbed") / "run") as run:
            request = Request(
                experiment=load_text(CHEAP, CONFIG).experiment,
                run=run,
                data_dir=default_data_dir(),
                offline=True,
                provenance={},
            )
            train_run(request, observer, Interrupt())
        return run, pace_of(run, started)

    return get


def test_three_kills_and_two_stops_change_nothing(tmp_path: Path, cheap: Undisturbed) -> None:
    """Killed and terminated at random moments, the same command ends at the bits of this process."""
    expected, pace = cheap()
    draw, report = random.Random(0), Report("mlp", 0, pace)  # noqa: S311 - any moment will do
    last = torture(report, PLAN, expected, CHEAP, tmp_path, draw)
    print(report.as_text())
    assert report.problems() == []
    assert report.count("SIGKILL") == 3
    assert report.count("SIGTERM") == 2
    said = "".join(path.read_text() for path in tmp_path.glob("killed-*/said.log"))
    assert said.count("the same command goes on from there") == 2
    assert "Traceback" not in said
    assert "\nresumed " in said
    assert [event["event"] for event in last.events()].count("started") == 1


def flip_a_bit_of_a_weight(run: Path) -> None:
    """Write the last checkpoint again, with another last bit in its first weight."""
    path = folder.in_folder(run / "checkpoints")[-1]
    checkpoint = store.load(path)
    weights = checkpoint.arrays["model/0000"].copy()
    weights.view("uint32").flat[0] ^= 1
    checkpoint.arrays["model/0000"] = weights
    store.save(path.parent, checkpoint)


def repeat_a_line_of_metrics(run: Path) -> None:
    """Add the first line once more at the end."""
    path = run / "metrics.jsonl"
    text = path.read_text()
    path.write_text(text + text.splitlines(keepends=True)[0])


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (flip_a_bit_of_a_weight, "model/0000: ('<f4'"),
        (repeat_a_line_of_metrics, ": nothing expected, {'kind': 'epoch', 'epoch': 1,"),
        (lambda run: (run / "checkpoints" / ".partial-step-1").mkdir(), ".partial-step-1"),
    ],
)
def test_the_smallest_difference_is_seen(
    damage: Callable[[Path], None], told: str, tmp_path: Path, cheap: Undisturbed
) -> None:
    """One bit, one line, one file too many: each is told, and nothing else."""
    run = cheap()[0].path
    copy = shutil.copytree(run, tmp_path / "copy")
    damage(copy)
    (difference,) = differences(run, copy)
    assert told in difference


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("model", MODELS)
def test_twenty_five_kills_change_nothing(model: str, tmp_path: Path) -> None:
    """Killed 25 times and stopped six times at random moments, each model ends at the same bits."""
    report = torture_model(model, kills=25, seed=0, directory=tmp_path)
    print(report.as_text())
    assert report.problems() == []
    assert report.count("SIGKILL") == 25
    assert report.mid_epoch_resumes >= 15


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory, cheap: Undisturbed) -> Callable[[], Training]:
    """A function that gives a training killed in mid-epoch, its metrics ahead of its checkpoint."""
    directory = tmp_path_factory.mktemp("killed")

    @cache
    def get() -> Training:
        _, pace = cheap()
        training = Training.of(directory / "training", CHEAP)

        def is_wanted() -> bool:
            state = training.newest_state()
            late = state.get("step", 0) > 0.7 * pace.steps and state["validations_since_enough"] > 0
            return late and state["step_in_epoch"] > 0 and life.has_metrics_ahead()

        for _ in range(10):  # the moment has to be hit
            with training.process(*DLTRAIN, "run", CONFIG) as process:
                life = Life(training, process)
                assert life.wait_for(is_wanted), "it ended before it could be killed"
                life.end(signal.SIGKILL)
            if is_wanted():
                return training
        raise AssertionError("the moment was missed ten times")

    return get


@pytest.mark.slow
@pytest.mark.parametrize("flaw", ["", *BREAKS.values()], ids=["none", *BREAKS])
def test_a_broken_resume_is_seen(
    flaw: str, tmp_path: Path, cheap: Undisturbed, killed: Callable[[], Training]
) -> None:
    """A resume that forgets one thing ends elsewhere, and that is told; a sound one does not."""
    training = Training(shutil.copytree(killed().directory, tmp_path / "training"))
    training.to_the_end(sys.executable, "-c", BEFORE + flaw + AFTER, "run", CONFIG)
    told = differences(cheap()[0].path, training.run.path)
    assert json.loads(training.run.summary.read_text())["status"] == "finished"
    assert bool(told) == bool(flaw), told
