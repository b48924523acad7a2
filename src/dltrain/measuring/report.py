"""What was measured, and what it says. No TensorFlow."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from itertools import accumulate, pairwise
from math import comb
from statistics import median
from typing import Any

from dltrain.measuring.alternatives import Alternative
from dltrain.measuring.messages import Facts, Memory, Round

CLEARLY = 1.02  # how much faster the lower end of the interval has to be
ALIKE = 1.1  # how far from equal the interval may reach that shows no difference
FEWEST_COMPARISONS = 5
DOUBT = 0.1  # that the true median lies outside of the interval
NO_TIME, TOO_LATE = "no time left", "not ready in time"
"""Reasons to leave an alternative out that more seconds would mend."""


def median_interval(values: Sequence[float]) -> tuple[float, float]:
    """Between which two of the values their true median lies, but for a doubt of one in ten.

    A value is as likely above the median as below it, whatever they scatter by, so a busy
    machine makes the interval wider and no more. Of fewer than five it is all there are.
    """
    ordered, whole = sorted(values), 2.0 ** len(values)
    left_out, outside = 0, 1 / whole
    while 2 * (outside := outside + comb(len(values), left_out + 1) / whole) <= DOUBT:
        left_out += 1
    return ordered[left_out], ordered[-1 - left_out]


@dataclass(frozen=True)
class Trial:
    """An alternative beside the config as it is.

    Attributes:
        alternative: what was tried.
        ratios: how many times as fast it was, one per comparison.
        memory: the most its process held.
    """

    alternative: Alternative
    ratios: tuple[float, ...]
    memory: Memory

    @property
    def ratio(self) -> float:
        """The median."""
        return median(self.ratios)

    @property
    def interval(self) -> tuple[float, float]:
        """In which the median lies; see `median_interval`."""
        return median_interval(self.ratios)

    @property
    def verdict(self) -> str:
        """``faster``, ``slower`` or ``alike`` where all of the interval says so, else ``unsure``."""
        lowest, highest = self.interval
        if len(self.ratios) < FEWEST_COMPARISONS:
            return "unsure"
        if lowest > CLEARLY:
            return "faster"
        if highest < 1 / CLEARLY:
            return "slower"
        return "alike" if 1 / ALIKE < lowest <= highest < ALIKE else "unsure"

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "set": {self.alternative.key: self.alternative.value},
            "ratio": self.ratio,
            "interval": list(self.interval),
            "ratios": list(self.ratios),
            "verdict": self.verdict,
            "same_curve": self.alternative.keeps_curve,
            "memory": asdict(self.memory),
        }


@dataclass(kw_only=True)
class Report:
    """All there is, also of a measurement that was cut short.

    Attributes:
        config: the file, as it was named.
        facts: what is trained.
        memory: the most the process held that trained it, before the parts were taken apart.
        rounds: the parts of a step, several times.
        trials: the alternatives.
        left_out: those that were not tried, and why.
        is_interrupted: whether a person had enough.
        seconds: that all of it took.
    """

    config: str
    facts: Facts
    memory: Memory | None = None
    rounds: list[Round] = field(default_factory=list)
    trials: list[Trial] = field(default_factory=list)
    left_out: list[tuple[Alternative, str]] = field(default_factory=list)
    is_interrupted: bool = False
    seconds: float = 0.0

    def median(self, of: Callable[[Round], float]) -> float:
        """Over the rounds, of which there has to be one."""
        return median(of(each) for each in self.rounds)

    @property
    def step(self) -> float:
        """Seconds of a step, median."""
        return self.median(lambda each: each.step)

    @property
    def step_interval(self) -> tuple[float, float]:
        """Seconds between which that median lies."""
        return median_interval([each.step for each in self.rounds])

    @property
    def examples_per_second(self) -> float:
        """While training; validation and checkpoints come on top."""
        return self.facts.batch_size / self.step

    @property
    def parts(self) -> dict[str, float]:
        """Seconds of each part; they add up to the step.

        What noise would make negative is nothing, and the part after it the smaller for it.
        """
        whole = self.step
        medians = (
            self.median(lambda each: each.input),
            self.median(lambda each: each.forward),
            self.median(lambda each: each.gradients),
        )
        ends = [*accumulate((min(whole, each) for each in medians), max), whole]
        lengths = [end - begin for begin, end in pairwise([0.0, *ends])]
        return dict(zip(("input", "forward", "backward", "update"), lengths, strict=True))

    @property
    def flops_per_second(self) -> float:
        """Of the forward and backward products in training."""
        return self.facts.flops_per_step / self.step

    @property
    def product(self) -> float:
        """Floating-point operations a second in a large product of matrices, median."""
        return self.median(lambda each: each.product)

    @property
    def faster(self) -> list[Trial]:
        """What is clearly faster, the fastest value of each key."""
        best: dict[str, Trial] = {}
        for trial in sorted(self.trials, key=lambda each: -each.ratio):
            if trial.verdict == "faster":
                best.setdefault(trial.alternative.key, trial)
        return list(best.values())

    def as_json(self) -> dict[str, Any]:
        """For programs; what was not measured is null."""
        facts, train = self.facts, self.facts.experiment.train
        return {
            "config": self.config,
            "devices": facts.devices,
            "data": {
                "name": facts.experiment.data.name,
                "examples": facts.examples,
                "generated": facts.is_generated,
            },
            "setting": {
                "precision": train.precision,
                "jit": train.jit,
                "batch_size": facts.batch_size,
                "steps_per_call": facts.steps_per_call,
            },
            **(self._figures() if self.rounds else dict.fromkeys(FIGURES)),
            "memory": asdict(self.memory) if self.memory else None,
            "alternatives": [trial.as_json() for trial in self.trials],
            "left_out": [
                {"set": {each.key: each.value}, "reason": reason} for each, reason in self.left_out
            ],
            "notices": list(facts.notices),
            "interrupted": self.is_interrupted,
            "seconds": self.seconds,
        }

    def _figures(self) -> dict[str, Any]:
        figures = (
            self.examples_per_second,
            1000 * self.step,
            [1000 * end for end in self.step_interval],
            {name: 1000 * seconds for name, seconds in self.parts.items()},
            self.facts.flops_per_step,
            self.flops_per_second,
            self.product,
            self.flops_per_second / self.product,
        )
        return dict(zip(FIGURES, figures, strict=True))


FIGURES = (
    *("examples_per_second", "milliseconds_per_step", "interval", "parts"),
    *("flops_per_step", "flops_per_second", "product_flops_per_second", "utilisation"),
)
