"""What is said about datasets, in rows."""

from collections.abc import Sequence
from pathlib import Path

from dltrain.cli.screen_rows import Row
from dltrain.cli.screen_text import plain
from dltrain.data.bring import Brought
from dltrain.data.catalog import IN_CONFIG, Entry
from dltrain.data.describe import next_command
from dltrain.data.location import data_dir_option
from dltrain.dataset_info import DatasetInfo

LABEL_COLUMNS = len("originals  ")
SPLITS = ("train", "validation", "test")


def here(entry: Entry) -> str:
    """Whether a set is here, in a few words."""
    if entry.state == "prepared":
        return "prepared, but not complete" if entry.incomplete else "prepared"
    return {
        "embedded": f"comes with {entry.source.comes_with}",
        "damaged": "damaged: it cannot be read",
        "ready": "originals here, to be prepared",
        "missing": f"missing, {size(entry.missing_bytes)} to download",
    }[entry.state]


def size(num_bytes: int) -> str:
    """A file's size: ``4,542 bytes``, ``28.9 kB``, ``170.1 MB`` or ``2.54 GB``."""
    if num_bytes < 10**4:
        return f"{num_bytes:,} bytes"
    if num_bytes < 10**6:
        return f"{num_bytes / 10**3:.1f} kB"
    return f"{num_bytes / 10**6:.1f} MB" if num_bytes < 10**9 else f"{num_bytes / 10**9:.2f} GB"


def counts(num_examples: dict[str, int]) -> str:
    """``60,000 train, 10,000 test``."""
    return ", ".join(f"{count:,} {split}" for split, count in num_examples.items())


def list_rows(entries: Sequence[Entry], data_dir: Path, width: int | None) -> list[Row]:
    """A table of all sets; on a terminal too narrow for it, two rows for each set.

    Args:
        entries: one per set.
        data_dir: where they were looked for.
        width: columns of the terminal; None where there is none.
    """
    head = _table_row("name", "one example", "classes", SPLITS, "here", "dim")
    table = [head, *(_table_entry(entry) for entry in entries)]
    if width is not None and any(row.width + len(row.text) > width for row in table):
        names = max(len(entry.info.name) for entry in entries) + 2
        table = [row for entry in entries for row in _narrow_entry(entry, names)]
    also = f"{' and '.join(IN_CONFIG)}: examples made from the config, or written in it"
    advice = f"dltrain data show NAME{data_dir_option(data_dir)}"
    return [
        *table,
        Row(),
        Row(label="also", width=LABEL_COLUMNS, text=also),
        Row(label="looked in", width=LABEL_COLUMNS, text=str(data_dir), is_copied=True),
        Row(label="next", width=LABEL_COLUMNS, text=advice, style="bold", is_copied=True),
    ]


def _table_entry(entry: Entry) -> Row:
    info = entry.info
    splits = [
        f"{info.num_examples[split]:,}" if split in info.num_examples else "-" for split in SPLITS
    ]
    classes = f"{info.num_classes}" if info.class_names else "-"
    return _table_row(info.name, _example(info), classes, splits, here(entry), _style(entry))


def _table_row(
    name: str, example: str, classes: str, splits: Sequence[str], place: str, style: str
) -> Row:
    train, validation, test = splits
    label = f"{name:<15}  {example:<13}  {classes:>7}  {train:>6}  {validation:>10}  {test:>6}  "
    label_style = "dim" if style == "dim" else ""
    return Row(label=label, label_style=label_style, width=len(label), text=place, style=style)


def _narrow_entry(entry: Entry, names: int) -> list[Row]:
    info = entry.info
    classes = f"{info.num_classes} classes, " if info.class_names else ""
    facts = f"{_example(info)}, {classes}{counts(info.num_examples)}"
    return [
        Row(
            label=info.name, label_style="bold", width=names, text=here(entry), style=_style(entry)
        ),
        Row(width=names, text=facts, style="dim"),
    ]


def _style(entry: Entry) -> str:
    if entry.state in {"embedded", "prepared"}:
        return "yellow" if entry.incomplete else "green"
    return "red" if entry.state == "damaged" else "yellow"


def _example(info: DatasetInfo) -> str:
    """What one example is, in a few words."""
    if info.modality == "image":
        return "image " + "x".join(str(length) for length in info.input_shape)
    if info.modality == "audio":
        return f"sound of {info.waveform_samples / info.sample_rate:g} s"
    return "text" if info.modality == "text" else f"{info.input_shape[0]} numbers"


def preparing(entry: Entry, data_dir: Path) -> str:
    """What preparing begins with: how much is downloaded, and to where it goes."""
    source = f"{size(entry.missing_bytes)} to download" if entry.missing_bytes else "originals here"
    return plain(f"preparing {entry.info.name} in {data_dir} ({source})")


def prepared_rows(
    entry: Entry, data_dir: Path, *, was_prepared: bool, is_decoded: bool
) -> list[Row]:
    """What there is after preparing, and the next command."""
    name = entry.info.name
    if entry.source.is_embedded:
        text = f"{name} comes with {entry.source.comes_with}: there is nothing to prepare"
        return [Row(text=text), next_row(entry, data_dir)]
    again = " already" if was_prepared else ""
    rows = [Row(text=f"{name} is prepared{again}: {counts(entry.prepared or {})} examples")]
    if entry.incomplete:
        rows.append(Row(text=f"not complete: {', '.join(entry.incomplete)}", style="yellow"))
    if is_decoded:
        rows.append(Row(text="it is decoded, too: the first run starts at once"))
    return [
        *rows,
        Row(label="folder", width=LABEL_COLUMNS, text=str(entry.folder), is_copied=True),
        next_row(entry, data_dir),
    ]


def imported_rows(brought: Sequence[Brought], entry: Entry, data_dir: Path) -> list[Row]:
    """What was put in place, what is still missing, and the next command."""
    rows = [
        Row(
            label="imported" if each.is_new else "was there",
            width=LABEL_COLUMNS,
            text=f"{each.original.name} ({each.file})",
        )
        for each in brought
    ]
    originals = zip(entry.source.originals, entry.in_place, strict=True)
    missing = [original for original, is_here in originals if not is_here]
    if not missing or entry.state == "prepared":
        return [*rows, next_row(entry, data_dir)]
    return [
        *rows,
        *(
            Row(label="missing", width=LABEL_COLUMNS, text=original.url, is_copied=True)
            for original in missing
        ),
        next_row(
            entry,
            data_dir,
            f"dltrain data import {entry.info.name}{data_dir_option(data_dir)} FILE...",
        ),
    ]


def next_row(entry: Entry, data_dir: Path, command: str | None = None) -> Row:
    """The next command to type."""
    text = command or next_command(entry, data_dir)
    return Row(label="next", width=LABEL_COLUMNS, text=text, style="bold", is_copied=True)
