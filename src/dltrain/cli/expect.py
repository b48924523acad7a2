"""``--expect 'test.accuracy>=0.97'``: a check on the summary of a run."""

import difflib
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_args

from dltrain.errors import UserError

if TYPE_CHECKING:
    from dltrain.config.schema import ExperimentConfig

COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}
TEST = "test"
SPLITS = (TEST, "validation", "train")  # the last where neither of the others is there
OF_VIEWS = "_tta"
FORM = re.compile(r"\s*(?P<path>[a-z_]+(\.[a-z0-9_]+)*)\s*(?P<sign>>=|<=|>|<)\s*(?P<bound>\S+)\s*")


def figure_names() -> tuple[str, ...]:
    """Everything of a summary that an expectation may be about."""
    from dltrain.config.schema import Metric

    metrics = get_args(Metric)
    figures = [f"{split}.{name}" for split in SPLITS for name in ("loss", *metrics)]
    figures += [f"{TEST}.{name}{OF_VIEWS}" for name in metrics]  # validation has one view
    others = ("best.epoch", "best.step", "seconds", "epochs", "steps", "parameters")
    return (*figures, *others)


@dataclass(frozen=True)
class Expectation:
    """One figure of the summary and the bound it should keep."""

    text: str
    path: str
    sign: str
    bound: float

    def failure(self, summary: Mapping[str, Any]) -> str | None:
        """What to say if it does not hold; None if it does."""
        value: Any = summary
        for key in self.path.split("."):
            value = value.get(key) if isinstance(value, Mapping) else None
        if not isinstance(value, int | float) or isinstance(value, bool):
            there = [split for split in SPLITS if summary.get(split)]
            is_figure = self.path.split(".")[0] in SPLITS and there
            hint = f"; it has figures of {' and '.join(there)}" if is_figure else ""
            return f"expected {self.text}, but this run has no {self.path}{hint}"
        if COMPARISONS[self.sign](value, self.bound):
            return None
        return f"expected {self.text}, got {value:.6g}"


def parse_expectations(texts: list[str]) -> list[Expectation]:
    """Read the option's values before anything is trained.

    Raises:
        UserError: one is not of the form FIGURE>=NUMBER, or names no figure.
    """
    return [_parse(text) for text in texts]


def _parse(text: str) -> Expectation:
    match = FORM.fullmatch(text)
    try:
        if match is None:
            raise ValueError(text)
        bound = float(match["bound"])
    except ValueError:
        raise UserError(
            f"--expect {text!r} is not of the form FIGURE>=NUMBER (or <=, >, <).\n"
            "Write for example --expect 'test.accuracy>=0.97'."
        ) from None
    names = figure_names()
    if match["path"] not in names:
        near = difflib.get_close_matches(match["path"], names, n=1)
        raise UserError(
            f"--expect {text!r}: a run has no figure {match['path']!r}"
            + (f", did you mean {near[0]!r}?" if near else ".")
            + f"\nFigures: {', '.join(names)}."
        )
    return Expectation(text.strip(), match["path"], match["sign"], bound)


def refuse_absent(expectations: list[Expectation], experiment: "ExperimentConfig") -> None:
    """Make sure that no figure is expected that a training of this config never has.

    Raises:
        UserError: one is of several views of an image, for which the config does not ask.
    """
    if experiment.train.test_time_augmentation is not None:
        return
    for expectation in expectations:
        if expectation.path.endswith(OF_VIEWS):
            plain = expectation.path.removesuffix(OF_VIEWS)
            raise UserError(
                f"--expect {expectation.text!r}: the config asks for no views of a test image, so "
                f"there is no such figure.\nSet train.test_time_augmentation, or expect {plain}."
            )


def failures(expectations: list[Expectation], summary: Mapping[str, Any]) -> list[str]:
    """What to say about every expectation that does not hold."""
    messages = (expectation.failure(summary) for expectation in expectations)
    return [message for message in messages if message is not None]
