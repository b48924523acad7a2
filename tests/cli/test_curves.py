"""What is drawn: which curves, on which axes, on which scale."""

from collections.abc import Callable
from pathlib import Path

import pytest
from matplotlib.figure import Figure

from dltrain.cli.curve_points import MOST_POINTS, points_of, spans_decades
from dltrain.cli.curves import draw_curves, draw_panels
from dltrain.runs.compare import compare_runs

CONFIG = "data: {name: digits}\nmodel: {name: mlp}\ntrain: {loss: cross_entropy}\n"


@pytest.fixture
def drawn(tmp_path: Path, write_run: Callable[..., Path]) -> Callable[..., Figure]:
    """A function that draws runs by their names and losses."""

    def draw(how: Callable[..., Figure], **runs: list[tuple[float, float | None]]) -> Figure:
        for name, losses in runs.items():
            write_run(tmp_path / name, CONFIG, losses)
        return how(compare_runs([tmp_path]))

    return draw


def labels(figure: Figure) -> list[str]:
    """The words in the legend, without the blank between runs and key."""
    texts = [text.get_text() for text in figure.legends[0].get_texts()]
    return [text for text in texts if text.strip()]


def test_curves(drawn: Callable[..., Figure]) -> None:
    """Loss and metric have a panel each; a run has one colour, its training dashed, its best a dot."""
    figure = drawn(draw_curves, a=[(2.0, 3.0), (1.0, 2.0), (0.5, 2.5)], b=[(1.0, None), (0.9, 1.0)])
    loss, accuracy = figure.axes
    assert (loss.get_ylabel(), loss.get_yscale()) == ("loss (cross entropy)", "linear")
    assert accuracy.get_ylabel() == "accuracy (%)"
    assert {axes.get_xlabel() for axes in figure.axes} == {"epoch"}
    train, validation, best, _, later, _ = loss.lines
    assert (train.get_linestyle(), validation.get_linestyle()) == ("--", "-")
    assert (list(train.get_xdata()), list(train.get_ydata())) == ([1, 2, 3], [2.0, 1.0, 0.5])
    assert (list(best.get_xdata()), list(best.get_ydata())) == ([2], [2.0])
    assert train.get_color() == validation.get_color() == best.get_color() != later.get_color()
    assert (list(later.get_xdata()), list(later.get_ydata())) == ([2], [1.0])
    assert labels(figure) == ["a", "b", "train", "validation", "best epoch"]
    assert figure.get_suptitle() == "mlp on digits: 2 runs"


def test_a_wide_span(drawn: Callable[..., Figure]) -> None:
    """A loss that spans decades has a logarithmic scale, and says so."""
    (loss, _) = drawn(draw_curves, a=[(2.0, 3.0), (0.01, 2.0)]).axes
    assert (loss.get_yscale(), loss.get_ylabel()) == ("log", "loss (cross entropy, log scale)")


@pytest.mark.parametrize(
    ("values", "is_logarithmic"),
    [([1.0, 100.0], True), ([1.0, 99.0], False), ([0.0, 100.0], False), ([], False)],
)
def test_scale(values: list[float], is_logarithmic: bool) -> None:
    """Two decades make a scale logarithmic, unless a value is zero."""
    assert spans_decades(values) == is_logarithmic


def test_without_validation(drawn: Callable[..., Figure]) -> None:
    """The key names only what is drawn."""
    assert labels(drawn(draw_curves, xor=[(2.0, None), (1.0, None)])) == ["xor", "train"]


def test_foreign_names(tmp_path: Path, drawn: Callable[..., Figure]) -> None:
    """Names that matplotlib would hide or take for formulas are written as they are."""
    figure = drawn(draw_curves, **{"_a": [(1.0, 1.0)], "$b": [(1.0, 1.0)], "c$": [(1.0, 1.0)]})
    figure.savefig(tmp_path / "curves.svg")
    assert {"$b", " _a", "c$"} < set(labels(figure))


def test_many_runs(drawn: Callable[..., Figure]) -> None:
    """Each of many runs has a colour of its own."""
    figure = drawn(draw_curves, **{f"run{index}": [(1.0, 1.0)] for index in range(12)})
    assert len({line.get_color() for line in figure.axes[0].lines}) == 12


@pytest.mark.parametrize(("number", "shape"), [(1, (1, 1)), (3, (1, 3)), (7, (2, 4)), (10, (2, 5))])
def test_panels(drawn: Callable[..., Figure], number: int, shape: tuple[int, int]) -> None:
    """Each run has a panel with its two losses, in rows that leave few places empty."""
    losses = [(9.0, 3.0), *[(0.01, 2.0)] * 11]
    figure = drawn(draw_panels, **{f"run{index:02}": losses for index in range(number)})
    panels = [axes for axes in figure.axes if axes.get_visible()]
    assert [axes.get_title() for axes in panels] == [f"run{index:02}" for index in range(number)]
    grid = figure.axes[0].get_gridspec()
    assert (grid.nrows, grid.ncols) == shape
    assert [len(axes.lines) for axes in panels] == [3] * number
    assert labels(figure) == ["train", "validation", "best epoch"]


def test_panels_show_what_is_late(drawn: Callable[..., Figure]) -> None:
    """The panels have one scale, from zero to the losses that come after the first tenth."""
    figure = drawn(draw_panels, a=[(50.0, 40.0), (0.01, 2.0)], b=[(1.0, 1.0), (0.5, 1.5)])
    assert [axes.get_ylim() for axes in figure.axes] == [(0.0, pytest.approx(2.2))] * 2


def test_thinned(tmp_path: Path, write_run: Callable[..., Path]) -> None:
    """Of many epochs about 500 points are drawn, the first and the last among them."""
    losses = [(float(epoch), None) for epoch in range(1, 4 * MOST_POINTS + 3)]
    (run,) = compare_runs([write_run(tmp_path / "a", CONFIG, losses)]).runs
    points = points_of(run, "train", "loss")
    assert 0.7 * MOST_POINTS < len(points.epochs) <= MOST_POINTS + 1
    assert (points.epochs[0], points.epochs[-1]) == (1, len(losses))
    assert list(points.values) == list(points.epochs)
