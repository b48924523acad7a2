"""What a torture has done to a training, and whether it proves anything."""

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Pace:
    """How long a training takes that nothing disturbs.

    Attributes:
        start_up: seconds from the start of its process to its first step.
        from_first_step: seconds from there to the end of the process.
        after_last_step: the last of those, for test and export.
        steps: in all.
        steps_per_epoch: of every epoch.
    """

    start_up: float
    from_first_step: float
    after_last_step: float
    steps: int
    steps_per_epoch: int

    def remaining(self, step: int) -> float:
        """Seconds from a step to the end of the process."""
        share = 1.0 - max(0, step) / self.steps
        return share * (self.from_first_step - self.after_last_step) + self.after_last_step


@dataclass(frozen=True)
class End:
    """How one life ended.

    Attributes:
        by: name of the signal.
        aim: which moment was waited for before the random delay.
        delay: seconds from there.
        place: where in its life it hit the process.
        metrics_ahead: whether a line of metrics was there that no checkpoint knew.
        training: which training it was; from 1.
    """

    by: str
    aim: str
    delay: float
    place: str
    metrics_ahead: bool
    training: int


@dataclass
class Report:
    """What was done to one model, and what came of it.

    Attributes:
        model: its family.
        seed: of the moments.
        pace: of the training that nothing disturbed.
        wanted: fewest resumes in mid-epoch without which this is no proof.
        ends: how each life ended.
        resumed_at: the step of each resume.
        trainings: how many it took.
        differences: from the training that nothing disturbed.
    """

    model: str
    seed: int
    pace: Pace
    wanted: int = 1
    ends: list[End] = field(default_factory=list)
    resumed_at: list[int] = field(default_factory=list)
    trainings: int = 0
    differences: list[str] = field(default_factory=list)

    def count(self, *names: str) -> int:
        """How many lives were ended by these signals."""
        return sum(end.by in names for end in self.ends)

    @property
    def mid_epoch_resumes(self) -> int:
        """How many of the resumes were from the middle of an epoch."""
        return sum(step % self.pace.steps_per_epoch != 0 for step in self.resumed_at)

    def problems(self) -> list[str]:
        """Why this is no proof; empty if it is one."""
        few = f"only {self.mid_epoch_resumes} resumes in mid-epoch; {self.wanted} are wanted"
        return [*self.differences, *([few] if self.mid_epoch_resumes < self.wanted else [])]

    def as_text(self) -> str:
        """For a person; one fact a line."""
        stops, places = self.count("SIGTERM", "SIGINT"), Counter(end.place for end in self.ends)
        ahead = sum(end.metrics_ahead for end in self.ends)
        lines = [
            f"{self.model}: {self.count('SIGKILL')} kills, {stops} stops, {len(self.resumed_at)} "
            f"resumes, {self.mid_epoch_resumes} of them in mid-epoch; {self.trainings} training(s)",
            *(f"  {number:3d}  in {place}" for place, number in places.most_common()),
            f"  {ahead:3d}  with a line of metrics that no checkpoint knew",
            *(f"  wrong: {problem}" for problem in self.problems()),
        ]
        return "\n".join(lines)

    def as_json(self) -> dict[str, Any]:
        """Everything, for a file."""
        return {**asdict(self), "mid_epoch_resumes": self.mid_epoch_resumes}
