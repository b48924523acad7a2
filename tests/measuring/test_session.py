"""A measurement takes turns, keeps to its time, and keeps what it has."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import pytest

from dltrain.config.schema import ExperimentConfig
from dltrain.errors import RunError, UserError
from dltrain.measuring.messages import Facts, Job, Memory, Round, Turn
from dltrain.measuring.process import TooLateError
from dltrain.measuring.report import NO_TIME, TOO_LATE, Report
from dltrain.measuring.session import COMPARISONS, ROUNDS, Session


@dataclass
class World:
    """Processes that are played, and the clock they share.

    Attributes:
        facts: of all of them.
        ready_after: seconds that a process takes to get ready.
        raises: what happens at which of all requests, counted from 1.
        now: the clock.
        told: every request, in order: which process, what.
        speed_of: examples a second of a process, from its job.
    """

    facts: Facts
    ready_after: float = 2.0
    raises: dict[int, BaseException] = field(default_factory=dict)
    now: float = 0.0
    told: list[tuple[int, str]] = field(default_factory=list)
    started: list[Job] = field(default_factory=list)
    speed_of: Callable[[Job], float] = lambda _: 100.0

    def start(self, job: Job) -> "Played":
        """Begin a process."""
        self.started.append(job)
        return Played(self, len(self.started) - 1)

    def measure(self, seconds: float) -> Report | None:
        """A whole session."""
        session = Session(
            seconds=seconds, start=self.start, tell=lambda _: None, clock=lambda: self.now
        )
        job = Job(experiment=self.facts.experiment, data_dir=Path())
        return session.measure(job, Path("some/small.yaml"))


@dataclass
class Played:
    """A process that takes as long as it is told to."""

    world: World
    number: int

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._tell("end", 0.0)

    def _tell(self, what: str, seconds: float) -> None:
        self.world.told.append((self.number, what))
        self.world.now += seconds
        if len(self.world.told) in self.world.raises:
            raise self.world.raises[len(self.world.told)]

    def facts(self, timeout: float | None = None) -> Facts:
        """Get ready."""
        if timeout is not None and timeout < self.world.ready_after:
            self._tell("facts", timeout)
            raise TooLateError
        self._tell("facts", self.world.ready_after)
        return self.world.facts

    def turn(self, seconds: float) -> Turn:
        """Train at the speed of the job."""
        self._tell("turn", seconds)
        examples = self.world.speed_of(self.world.started[self.number]) * seconds
        return Turn(1, seconds, round(1000 * examples))

    def round(self, seconds: float) -> Round:
        """Five parts, each as long."""
        self._tell("round", 5 * seconds)
        return Round(input=0.001, forward=0.002, gradients=0.003, step=0.004, product=1e9)

    def memory(self) -> Memory:
        """Always the same."""
        self._tell("memory", 0.0)
        return Memory(1000, None)


@pytest.fixture
def world(make_facts: Callable[..., Facts], monkeypatch: pytest.MonkeyPatch) -> World:
    """A machine with two cores."""
    monkeypatch.setattr("dltrain.measuring.session.usable_cores", lambda: 2)
    return World(make_facts())


def finished(report: Report | None) -> Report:
    """A report that is there."""
    assert report is not None
    return report


def test_turns(world: World) -> None:
    """Each turn of an alternative stands between two of the config as it is, which goes on."""
    report = finished(world.measure(600.0))
    assert len(report.rounds) == ROUNDS
    begin = world.told.index((1, "facts"))
    pairs = [(1, "turn"), (0, "turn")] * COMPARISONS
    assert world.told[begin : begin + len(pairs) + 4] == [
        (1, "facts"),
        (0, "turn"),
        *pairs,
        (1, "memory"),
        (1, "end"),
    ]
    assert len(report.trials) == 6
    assert not report.left_out


def test_ratios(world: World) -> None:
    """An alternative that trains 1.5 times the examples in a second has the ratio 1.5."""

    def speed(job: Job) -> float:
        return 150.0 if job.experiment.train.precision == "bfloat16" else 100.0

    world.speed_of = speed
    report = finished(world.measure(600.0))
    assert report.trials[0].ratio == pytest.approx(1.5, rel=1e-3)
    assert [each.alternative.text for each in report.faster] == ["train.precision: bfloat16"]


def test_fewer_cores(world: World) -> None:
    """Only the process of that alternative is kept from half the cores."""
    world.measure(600.0)
    assert [job.cores for job in world.started] == [None] * 6 + [1]


def test_time(world: World) -> None:
    """It ends in time, and names what it left out."""
    report = finished(world.measure(20.0))
    assert report.seconds <= 20.0
    assert 0 < len(report.trials) < 6
    assert len(report.trials) + len(report.left_out) == 6
    assert {reason for _, reason in report.left_out} == {NO_TIME}


def test_too_late(world: World) -> None:
    """One that takes far longer to get ready than the config as it is does not hold up the end."""
    world.ready_after = 50.0
    report = finished(world.measure(60.0))
    assert not report.trials
    assert report.left_out[0][1] == TOO_LATE
    assert report.seconds == pytest.approx(60.0)


@pytest.mark.parametrize("error", [RunError("its process died"), UserError("not here")])
def test_one_that_fails(world: World, error: Exception) -> None:
    """Its reason is told, and the others are tried."""
    world.measure(600.0)
    failing = world.told.index((1, "facts")) + 1
    again = World(world.facts, raises={failing: error})
    report = finished(again.measure(600.0))
    assert [reason for _, reason in report.left_out] == [str(error)]
    assert len(report.trials) == 5


def test_the_config_itself_fails(world: World) -> None:
    """Then there is nothing to report but that."""
    world.raises = {1: UserError("no such device")}
    with pytest.raises(UserError, match="no such device"):
        world.measure(60.0)
    assert world.told[-1] == (0, "end")


def test_interrupted(world: World) -> None:
    """Ctrl-C keeps what was measured, and ends every process."""
    world.measure(600.0)
    second = world.told.index((2, "turn")) + 1
    again = World(world.facts, raises={second: KeyboardInterrupt()})
    report = finished(again.measure(600.0))
    assert report.is_interrupted
    assert len(report.rounds) == ROUNDS
    assert len(report.trials) == 1
    assert again.told[-2:] == [(2, "end"), (0, "end")]


def test_interrupted_at_once(world: World) -> None:
    """Before anything is known there is nothing to report."""
    world.raises = {1: KeyboardInterrupt()}
    assert world.measure(60.0) is None


def test_a_gpu(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cores are not tried where a GPU computes."""
    monkeypatch.setattr(Played, "memory", lambda _: Memory(1000, 2000))
    report = finished(world.measure(600.0))
    keys: set[Any] = {each.alternative.key for each in report.trials}
    assert "cores" not in keys


def test_cores_that_cannot_be_kept_from(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fewer cores are not tried where the system has no way to ask for them."""
    monkeypatch.delattr("os.sched_setaffinity")
    report = finished(world.measure(600.0))
    assert report.trials
    assert "cores" not in {each.alternative.key for each in report.trials}


def test_generated_data_stays_generated(
    world: World, small: Callable[..., ExperimentConfig], make_facts: Callable[..., Facts]
) -> None:
    """Where the data was not here, alternatives are compared on generated data too."""
    world.facts = make_facts(experiment=small("data.synthetic=true"), is_generated=True)
    world.measure(600.0)
    assert all(job.experiment.data.synthetic for job in world.started[1:])
