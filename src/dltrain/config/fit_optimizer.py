"""Whether the parts of an optimizer and its schedule fit each other."""

from itertools import pairwise

from dltrain.config.mistakes import Mistake
from dltrain.config.pointing import Pointer
from dltrain.config.schema import (
    AdamWConfig,
    MuonConfig,
    OptimizerConfig,
    SGDConfig,
    SGDRule,
    StepConfig,
)


def optimizer_mistakes(optimizer: OptimizerConfig, pointer: Pointer) -> list[Mistake]:
    """Return falls at impossible places, looks ahead along no momentum, decays that cannot be, groups of nothing."""
    mistakes = []
    schedule = optimizer.schedule
    if isinstance(schedule, StepConfig):
        mistakes += _falls_out_of_order(schedule, pointer)
        mistakes += _falls_too_early(schedule, pointer)
    rules: list[tuple[str, object]] = [("optimizer", optimizer)]
    if isinstance(optimizer, MuonConfig):
        rules.append(("optimizer.others", optimizer.others))
    for path, rule in rules:
        mistakes += _looks_ahead_along_nothing(rule, path, pointer)
    return [
        *mistakes,
        *_decays_what_cannot(optimizer, pointer),
        *_decays_what_is_kept(optimizer, pointer),
        *_nothing_of_their_own(optimizer, pointer),
    ]


def _looks_ahead_along_nothing(rule: object, path: str, pointer: Pointer) -> list[Mistake]:
    if not isinstance(rule, SGDRule | MuonConfig) or not rule.nesterov or rule.momentum:
        return []
    return [
        pointer.mistake(
            f"{path}.nesterov",
            "this looks ahead along the momentum, which is 0",
            hint=f"write a momentum such as 0.9, or {path}.nesterov: false",
            with_paths=(f"{path}.momentum",),
        )
    ]


def _decays_what_cannot(optimizer: OptimizerConfig, pointer: Pointer) -> list[Mistake]:
    """A group's own weight decay, where the optimizer knows none."""
    if isinstance(optimizer, AdamWConfig | SGDConfig | MuonConfig):
        return []
    return [
        pointer.mistake(
            f"optimizer.groups.{name}.weight_decay",
            f"optimizer {optimizer.name} has no weight decay",
            hint="remove it, or take optimizer.name: adamw",
            with_paths=("optimizer.name",),
        )
        for name, group in optimizer.groups
        if group is not None and group.weight_decay is not None
    ]


def _decays_what_is_kept(optimizer: OptimizerConfig, pointer: Pointer) -> list[Mistake]:
    if not isinstance(optimizer, MuonConfig) or not optimizer.keep_norm:
        return []
    if not optimizer.weight_decay:
        return []
    return [
        pointer.mistake(
            "optimizer.weight_decay",
            "this changes nothing: every kernel is scaled to its norm before each step",
            hint="remove it, or write 'keep_norm: false'",
            with_paths=("optimizer.keep_norm",),
        )
    ]


def _nothing_of_their_own(optimizer: OptimizerConfig, pointer: Pointer) -> list[Mistake]:
    return [
        pointer.mistake(
            f"optimizer.groups.{name}",
            "this group has neither a learning rate nor a weight decay of its own",
            hint="write learning_rate or weight_decay, or remove the group",
        )
        for name, group in optimizer.groups
        if group is not None and group.learning_rate is None and group.weight_decay is None
    ]


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
