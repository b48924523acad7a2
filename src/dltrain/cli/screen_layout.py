"""How the live screen sets its pieces at a given width; nothing is ever cut off."""

from collections.abc import Iterable

from rich.table import Table
from rich.text import Text

from dltrain.cli.screen_fields import (
    best_field,
    epoch_fields,
    header_rows,
    place_fields,
    train_field,
)
from dltrain.cli.screen_state import RunState
from dltrain.cli.screen_text import duration, figure, four_digits
from dltrain.training.observer import EpochRecord, Progress

GAP = "   "
BAR_COLUMNS = 40
EPOCH_COLUMNS = 5
FIGURE_COLUMNS = 8
TIME_COLUMNS = 6
BEST_MARK = "  best"
SHORT_NAMES = {
    "balanced_accuracy": "balanced",
    "top_2_accuracy": "top 2",
    "top_3_accuracy": "top 3",
    "top_5_accuracy": "top 5",
}
"""Names of metrics that are wider than their column."""


def flow(fields: Iterable[Text], width: int, indent: str = "") -> Text:
    """Set whole fields into as many lines of ``width`` columns as they need.

    Lines after the first are indented.
    """
    lines: list[Text] = []
    for field in fields:
        if lines and lines[-1].cell_len + len(GAP) + field.cell_len <= width:
            lines[-1] = Text.assemble(lines[-1], GAP, field)
        else:
            lines.append(Text.assemble(indent if lines else "", field))
    return Text("\n").join(lines)


def header(run: RunState) -> Table:
    """What is known before the first step, long texts wrapped beside their labels."""
    rows = Table.grid(padding=(0, 2))
    rows.add_column(no_wrap=True)
    rows.add_column(overflow="fold")
    for label, text in header_rows(run):
        rows.add_row(Text(label, "dim"), Text(text))
    return rows


def bar_line(run: RunState, left: str | None, width: int, *, is_ascii: bool) -> Text:
    """The bar over all steps, the percentage, and the time left once it is known."""
    total = run.facts.total_steps
    done = run.progress.step if run.progress else run.facts.resumed_step or 0
    figures = f"{100 * done // total:>3} %" + (f"{GAP}{left}" if left else "")
    columns = max(0, min(BAR_COLUMNS, width - len("100 %   0:00:00 left") - 2))
    full = columns * done // total
    heavy, light = "#-" if is_ascii else "━─"
    return Text.assemble((heavy * full, "green"), (light * (columns - full), "dim"), "  ", figures)


def progress_lines(run: RunState, progress: Progress, width: int) -> list[Text]:
    """Where training is and how fast, then the figures so far, each wrapped by itself."""
    figures = [Text(train_field(run, progress.train))]
    if (best := best_field(run)) is not None:
        figures.append(Text(best, "green"))
    place = [Text(field) for field in place_fields(run, progress)]
    return [flow(place, width), flow(figures, width)]


def epoch_heading(run: RunState, width: int) -> Text | None:
    """Names of the columns of ``epoch_line``, in two lines; None where a row is too wide."""
    splits = ["train", "validation"] if run.facts.monitor else ["train"]
    groups = [" " * EPOCH_COLUMNS, *(f"{split:>{2 * FIGURE_COLUMNS + 2}}" for split in splits)]
    columns = [
        f"{name[:FIGURE_COLUMNS]:>{FIGURE_COLUMNS}}"
        for metric in _metrics_of(run)
        for name in ("loss", SHORT_NAMES.get(metric, metric))
    ]
    names = "  ".join(["epoch", *columns, f"{'time':>{TIME_COLUMNS}}"])
    if len(names + BEST_MARK) > width:
        return None
    return Text(f"{'  '.join(groups)}\n{names}", "dim")


def epoch_line(run: RunState, record: EpochRecord, width: int) -> Text:
    """One finished epoch as a row of the table, or labelled where a row is too wide."""
    row = _epoch_row(run, record)
    if row.cell_len <= width:
        return row
    return flow((Text(field) for field in epoch_fields(run, record)), width, indent="  ")


def _metrics_of(run: RunState) -> list[str]:
    """The metric shown beside the loss of training, and that of validation if there is one."""
    facts = run.facts
    return [facts.train_metric, *([facts.validation_metric] if facts.monitor else [])]


def _epoch_row(run: RunState, record: EpochRecord) -> Text:
    row = Text(f"{record.epoch:>{EPOCH_COLUMNS}}")
    for metric, figures in zip(_metrics_of(run), (record.train, record.validation), strict=False):
        loss = four_digits(figures["loss"]) if figures else "-"
        value = figure(metric, figures[metric]) if figures else "-"
        row.append(f"  {loss:>{FIGURE_COLUMNS}}  {value:>{FIGURE_COLUMNS}}")
    row.append(f"  {duration(record.seconds):>{TIME_COLUMNS}}", "dim")
    return row.append(BEST_MARK, "bold green") if record.is_best else row
