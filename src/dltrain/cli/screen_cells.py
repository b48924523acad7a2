"""What stands in the cells of a comparison."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.text import Text

from dltrain.cli.screen_text import four_digits, labelled, plain
from dltrain.config.save import inline
from dltrain.runs.compare import Comparison
from dltrain.runs.record import Figures, RunRecord

LONGEST_VALUE = 20
NOTHING = "-"
STATUS_STYLES = {"unfinished": "yellow"}  # anything else is a failure


@dataclass(frozen=True)
class Cells:
    """The figures of one split, or of one moment of training: per run a metric and a loss."""

    heading: str
    metrics: Sequence[Text]
    losses: Sequence[Text]


def figure_cells(comparison: Comparison) -> list[Cells]:
    """The cells of train, validation and test; without those that no run has."""
    runs = comparison.runs
    by_heading = {
        "train at best": [run.train_at_best for run in runs],
        "train at end": [run.train_at_end for run in runs],
        "validation": [run.validation for run in runs],
        "test": [run.test for run in runs],
    }
    return [
        _cells(title, comparison, figures) for title, figures in by_heading.items() if any(figures)
    ]


def _cells(title: str, comparison: Comparison, figures: Sequence[Figures | None]) -> Cells:
    """Metrics and losses, the best of validation marked, and room for the mark at the others."""
    runs = comparison.runs
    best = comparison.best if title == "validation" else ()
    metrics = [_metric(run, each) for run, each in zip(runs, figures, strict=True)]
    losses = [four_digits(each["loss"]) if each else NOTHING for each in figures]
    is_best = [run.name in best for run in runs]
    by_loss = comparison.figure == "loss"
    return Cells(
        title,
        _marked(metrics, is_best, shows_best=not by_loss),
        _marked(losses, is_best, shows_best=by_loss),
    )


def _metric(run: RunRecord, figures: Figures | None) -> str:
    name = run.metric(figures)
    return plain(labelled(name, figures[name])) if figures and name else NOTHING


def _marked(texts: Sequence[str], is_best: Sequence[bool], *, shows_best: bool) -> list[Text]:
    """Texts with room for a mark if any has one in its column, and the mark where it belongs."""
    cells = []
    for text, best in zip(texts, is_best, strict=True):
        is_marked = best and shows_best
        mark = " *" if is_marked else "  " if any(is_best) else ""
        cells.append(Text(f"{text}{mark}", "bold green" if is_marked else ""))
    return cells


def status_cell(run: RunRecord) -> Text:
    """How the run ended, or that it did not; nothing where it finished."""
    if run.status == "finished":
        return Text()
    return Text(plain(run.status), STATUS_STYLES.get(run.status, "bold red"))


def heading(key: str, shown: Sequence[str]) -> str:
    """A config key without its sections where that is clear; a name is its section's."""
    return _short(key) if [_short(other) for other in shown].count(_short(key)) == 1 else key


def _short(key: str) -> str:
    return key.removesuffix(".name").rpartition(".")[2]


def value_text(config: Mapping[str, Any], key: str) -> str:
    """A config value as it is written, cut when long; a section that others lack is `on`."""
    value = config.get(key)
    if value is None:
        return NOTHING
    if isinstance(value, Mapping):
        return "on"
    text = plain(value if isinstance(value, str) else inline(value))
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 3]}..."
