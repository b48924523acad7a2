"""Whether the parts of an optimizer and its schedule fit each other."""

from itertools import pairwise

from dltrain.config.mistakes import Mistake
from dltrain.config.pointing import Pointer
from dltrain.config.schema import OptimizerConfig, SGDConfig, StepConfig


def optimizer_mistakes(optimizer: OptimizerConfig, pointer: Pointer) -> list[Mistake]:
    """Return falls of a schedule at impossible places, and a look ahead along no momentum."""
    mistakes = []
    schedule = optimizer.schedule
    if isinstance(schedule, StepConfig):
        mistakes += _falls_out_of_order(schedule, pointer)
        mistakes += _falls_too_early(schedule, pointer)
    if isinstance(optimizer, SGDConfig) and optimizer.nesterov and optimizer.momentum == 0:
        mistakes.append(
            pointer.mistake(
                "optimizer.nesterov",
                "this looks ahead along the momentum, which is 0",
                hint="write a momentum such as 0.9, or remove optimizer.nesterov",
                with_paths=("optimizer.momentum",),
            )
        )
    return mistakes


def _falls_out_of_order(schedule: StepConfig, pointer: Pointer) -> list[Mistake]:
    path = "optimizer.schedule.at"
    rising = ", ".join(f"{part:g}" for part in sorted(set(schedule.at)))
    return [
        pointer.mistake(
            f"{path}[{index}]",
            f"the rate cannot fall at {second:g} of all steps after it fell at {first:g}",
            hint=f"write them rising: [{rising}]",
        )
        for index, (first, second) in enumerate(pairwise(schedule.at), start=1)
        if second <= first
    ]


def _falls_too_early(schedule: StepConfig, pointer: Pointer) -> list[Mistake]:
    path = "optimizer.schedule.at"
    return [
        pointer.mistake(
            f"{path}[{index}]",
            f"the rate cannot fall at {part:g} of all steps: it is still rising until "
            f"{schedule.warmup:g}",
            hint="write a larger part, or a shorter warm-up",
            with_paths=("optimizer.schedule.warmup",),
        )
        for index, part in enumerate(schedule.at)
        if part < schedule.warmup
    ]
