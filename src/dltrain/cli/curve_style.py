"""How curves look: colours, dashes, dots, and the words at the axes."""

from collections.abc import Sequence
from typing import Literal

from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator, PercentFormatter, StrMethodFormatter

from dltrain.cli.screen_text import plain
from dltrain.runs.record import RunRecord

COLOURS = (
    *("#0072B2", "#D55E00", "#009E73", "#CC79A7"),
    *("#E69F00", "#56B4E9", "#000000", "#999999"),
)
"""Told apart by colour-blind people too (Okabe and Ito 2008); grey for their yellow."""
DASHES: dict[str, Literal["--", "-"]] = {"train": "--", "validation": "-"}
KEY_COLOUR = "0.3"


def colours_of(number: int) -> list[str]:
    """As many colours as there are runs; beyond eight they are less easily told apart."""
    if number <= len(COLOURS):
        return list(COLOURS[:number])
    return [to_hex(colormaps["turbo"](index / (number - 1))) for index in range(number)]


def best_dot(x: float, y: float, colour: str) -> Line2D:
    """What marks the best epoch, above all curves."""
    return Line2D(
        *([x], [y]), color=colour, marker="o", markeredgecolor="white", linestyle="", zorder=3
    )


def run_line(name: str, colour: str) -> Line2D:
    """A run's entry in a legend, in which a leading underscore would hide it."""
    text = plain(name)
    return Line2D([], [], color=colour, label=f" {text}" if text.startswith("_") else text)


def key_lines(runs: Sequence[RunRecord]) -> list[Line2D]:
    """What dashes and dots mean, as far as the runs have them."""
    has_validation = any(line.get("validation") for run in runs for line in run.epochs)
    lines = [
        Line2D([], [], color=KEY_COLOUR, linestyle=dashes, label=split)
        for split, dashes in DASHES.items()
        if split == "train" or has_validation
    ]
    if any(run.best for run in runs):
        dot = best_dot(0, 0, KEY_COLOUR)
        dot.set_label("best epoch")
        lines.append(dot)
    return lines


def label_epochs(axes: Axes) -> None:
    """Whole epochs below, a quiet grid, no box."""
    axes.set_xlabel("epoch")
    axes.xaxis.set_major_locator(MaxNLocator("auto", steps=[1, 2, 5, 10], integer=True))
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)


def label_figure(axes: Axes, name: str) -> None:
    """A metric by its name; accuracies in percent."""
    is_fraction = name.endswith("accuracy")
    axes.set_ylabel(f"{name.replace('_', ' ')}{' (%)' if is_fraction else ''}")
    if is_fraction:
        axes.yaxis.set_major_formatter(PercentFormatter(1.0, symbol=""))


def label_loss(axes: Axes, runs: Sequence[RunRecord], *, is_logarithmic: bool) -> None:
    """A loss by its kind and its scale."""
    kinds = dict.fromkeys(str(run.config.get("train.loss", "auto")) for run in runs)
    facts = [kind.replace("_", " ") for kind in kinds]
    if is_logarithmic:
        axes.set_yscale("log")
        facts.append("log scale")
    axes.set_ylabel(f"loss ({', '.join(facts)})")
