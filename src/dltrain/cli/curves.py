"""Curves of runs over their epochs, drawn with matplotlib (the extra ``plots``).

Only figures of our own are made: nothing that matplotlib shares is touched.
"""

import math
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D

from dltrain.cli.curve_points import best_point, later_losses, losses, points_of, spans_decades
from dltrain.cli.curve_style import (
    COLOURS,
    DASHES,
    best_dot,
    colours_of,
    key_lines,
    label_epochs,
    label_figure,
    label_loss,
    run_line,
)
from dltrain.cli.screen_text import plain
from dltrain.runs.compare import Comparison
from dltrain.runs.record import RunRecord

LONGEST_LEGEND = 24  # rows, before there is a second column
MOST_ACROSS = 5  # panels side by side
RESOLUTION = 150  # dots per inch of a PNG


def draw_curves(comparison: Comparison) -> Figure:
    """Draw loss and metric over the epochs, a panel each, with a colour per run.

    Args:
        comparison: the runs; their legend stands beside the panels.
    """
    runs = comparison.runs
    names = ["loss", *_metrics(runs)]
    figure = _figure(5.0 * len(names) + 2.2, 4.6, comparison)
    colours = colours_of(len(runs))
    panels = figure.subplots(1, len(names), squeeze=False)[0]
    for axes, name in zip(panels, names, strict=True):
        for run, colour in zip(runs, colours, strict=True):
            _draw_run(axes, run, name, colour)
        label_epochs(axes)
        if name == "loss":
            label_loss(
                axes, runs, is_logarithmic=spans_decades(losses(runs, "train", "validation"))
            )
        else:
            label_figure(axes, name)
    lines = [run_line(run.name, colour) for run, colour in zip(runs, colours, strict=True)]
    _draw_legend(figure, [*lines, Line2D([], [], linestyle="", label=" "), *key_lines(runs)])
    return figure


def draw_panels(comparison: Comparison) -> Figure:
    """Draw each run's two losses in a small panel of its own, all on the same axes.

    The scale is that of the validation losses after the first tenth of the epochs, so that
    what happens late is seen; what is larger leaves the panel at its top.

    Args:
        comparison: the runs, from left to right and from top to bottom.
    """
    runs = comparison.runs
    across = _panels_across(len(runs))
    down = math.ceil(len(runs) / across)
    figure = _figure(max(2.8 * across, 5.6) + 0.4, 2.3 * down + 1.1, comparison)
    panels = figure.subplots(down, across, sharex=True, sharey=True, squeeze=False).flatten()
    for axes, run in zip(panels, runs, strict=False):
        _draw_run(axes, run, "loss", COLOURS[0])
        label_epochs(axes)
        axes.set_title(plain(run.name), fontsize="medium", parse_math=False)
    for index, axes in enumerate(panels):
        axes.set_visible(index < len(runs))
        has_one_below = index + across < len(runs)
        axes.tick_params(labelbottom=not has_one_below)
        if has_one_below:
            axes.set_xlabel("")
    is_logarithmic = spans_decades(losses(runs, "validation") or losses(runs, "train"))
    if not is_logarithmic:
        _fit_to_later_losses(panels[0], runs)
    label_loss(panels[0], runs, is_logarithmic=is_logarithmic)
    figure.supylabel(panels[0].get_ylabel(), fontsize="medium")
    panels[0].set_ylabel("")
    key = key_lines(runs)
    figure.legend(handles=key, loc="outside lower center", ncols=len(key), frameon=False)
    return figure


def _figure(width: float, height: float, comparison: Comparison) -> Figure:
    """An empty figure of a size in inches, whose title says what was trained on what."""
    runs = comparison.runs
    layout = ConstrainedLayoutEngine(w_pad=0.08, h_pad=0.08)  # inches around each panel
    figure = Figure(figsize=(width, height), layout=layout, dpi=RESOLUTION)
    models, data = (
        ", ".join(dict.fromkeys(str(run.config.get(key)) for run in runs))
        for key in ("model.name", "data.name")
    )
    number = "" if len(runs) == 1 else f": {len(runs)} runs"
    figure.suptitle(plain(f"{models} on {data}{number}"), parse_math=False)
    return figure


def _draw_run(axes: Axes, run: RunRecord, name: str, colour: str) -> None:
    """Train dashed, validation solid, the best epoch a dot on it."""
    for split, dashes in DASHES.items():
        points = points_of(run, split, name)
        axes.plot(
            *(points.epochs, points.values, dashes),
            color=colour,
            linewidth=1.2 if split == "train" else 1.6,
            marker="." if len(points.epochs) == 1 else "",
        )
    if best := best_point(run, name):
        axes.add_line(best_dot(*best, colour))


def _metrics(runs: Sequence[RunRecord]) -> list[str]:
    """The metric of each run's validation, else of its training; each once."""
    names = (run.metric(run.validation or run.train_at_end) for run in runs)
    return list(dict.fromkeys(name for name in names if name))


def _panels_across(number: int) -> int:
    """As many as leave the fewest places empty in the last row, of about a square."""
    fewest = min(MOST_ACROSS, math.ceil(math.sqrt(number)))
    return min(range(fewest, MOST_ACROSS + 1), key=lambda across: (-number % across, across))


def _fit_to_later_losses(axes: Axes, runs: Sequence[RunRecord]) -> None:
    later = later_losses(runs)
    if later and min(later) >= 0 and max(later) > 0:
        axes.set_ylim(0, 1.1 * max(later))


def _draw_legend(figure: Figure, lines: Sequence[Line2D]) -> None:
    legend = figure.legend(
        handles=lines,
        loc="outside right center",
        ncols=math.ceil(len(lines) / LONGEST_LEGEND),
        frameon=False,
        fontsize="small",
    )
    for text in legend.get_texts():
        text.set_parse_math(False)
