"""All about one dataset, in rows."""

from functools import partial
from pathlib import Path

from dltrain.cli.screen_data import LABEL_COLUMNS, counts, here, size
from dltrain.cli.screen_rows import Row
from dltrain.data.catalog import IN_CONFIG, Entry
from dltrain.data.describe import config_keys, description, next_command, run_command
from dltrain.data.location import data_dir_option
from dltrain.data.sources import manual_folder
from dltrain.dataset_info import DatasetInfo

_row = partial(Row, width=LABEL_COLUMNS)


def show_rows(entry: Entry, data_dir: Path) -> list[Row]:
    """What a set is, what of it is here, its originals, its config keys, the next command."""
    info, source = entry.info, entry.source
    return [
        Row(text=f"{info.name}: {description(info.name)}", style="bold"),
        Row(),
        _row(label="example", text=_example(info)),
        _row(label="task", text=_task(info)),
        *([_row(label="classes", text=", ".join(info.class_names))] if info.class_names else []),
        _row(label="official", text=counts(info.num_examples)),
        *_here_rows(entry),
        _row(label="licence", text=source.licence),
        _row(label="cite", text=source.citation),
        *_original_rows(entry, data_dir),
        *_key_rows(info.name),
        *_next_rows(entry, data_dir),
    ]


def in_config_rows(name: str) -> list[Row]:
    """What a set without facts of its own is, its config keys, the next command."""
    return [
        Row(text=f"{name}: {description(name)}", style="bold"),
        Row(),
        _row(label="here", text="always: nothing to download or prepare, the config decides all"),
        _row(label="write", text=f"data: {IN_CONFIG[name]}", is_copied=True),
        *_key_rows(name),
        Row(),
        _row(label="next", text=run_command(name), style="bold", is_copied=True),
    ]


def _example(info: DatasetInfo) -> str:
    shape = " x ".join(str(length) for length in info.input_shape)
    if info.modality == "image":
        return f"image of {shape} (height, width, channels), {info.input_dtype}"
    if info.modality == "text":
        return (
            f"text as {shape} word numbers below {info.vocab_size:,}, {info.input_dtype} "
            "(by default)"
        )
    if info.modality == "audio":
        seconds = info.waveform_samples / info.sample_rate
        return (
            f"sound of {seconds:g} s at {info.sample_rate:,} Hz, given to the model as {shape} "
            f"(frames, mel bands), {info.input_dtype} (by default)"
        )
    return f"{shape} numbers, {info.input_dtype}"


def _task(info: DatasetInfo) -> str:
    if info.task == "regression":
        return "predict a number"
    kind = "one of two classes" if info.task == "binary" else f"one of {info.num_classes} classes"
    return kind if info.is_balanced else f"{kind}, not equally frequent"


def _here_rows(entry: Entry) -> list[Row]:
    rows = [_row(label="here", text=here(entry))]
    if entry.prepared is not None:
        rows = [_row(label="here", text=f"{here(entry)}: {counts(entry.prepared)}")]
    if entry.incomplete:
        text = (
            f"only {', '.join(entry.incomplete)} examples: figures are not comparable with "
            "published ones"
        )
        rows.append(_row(text=text, style="yellow"))
    if entry.state in {"prepared", "damaged"}:
        rows.append(_row(label="folder", text=str(entry.folder), is_copied=True))
    if entry.source.version is not None:
        rows.append(_row(label="version", text=f"{entry.source.version} of tensorflow-datasets"))
    return rows


def _original_rows(entry: Entry, data_dir: Path) -> list[Row]:
    if not entry.source.originals:
        return []
    total = sum(original.size for original in entry.source.originals)
    where = f"{size(total)}; brought by hand they lie in"
    rows = [
        Row(),
        _row(label="originals", text=where),
        Row(text=str(manual_folder(data_dir)), indent=LABEL_COLUMNS, is_copied=True),
    ]
    for original, is_here in zip(entry.source.originals, entry.in_place, strict=True):
        state = "in place" if is_here else "not in place"
        rows += [
            Row(text=original.url, indent=2, is_copied=True),
            Row(text=f"{original.size:,} bytes, {state}, sha256", indent=4, style="dim"),
            Row(text=original.sha256, indent=4, style="dim", is_copied=True),
        ]
    return rows


def _key_rows(name: str) -> list[Row]:
    keys = {
        f"{key['name']}: {'...' if key['required'] else _default(key['default'])}": key["meaning"]
        for key in config_keys(name)
    }
    width = max(len(key) for key in keys) + 2
    head = "keys that a config may set below 'data', with their defaults"
    return [
        Row(),
        Row(text=head, style="dim"),
        *(Row(label=key, indent=2, width=width, text=text) for key, text in keys.items()),
    ]


def _default(value: object) -> str:
    """As it is written in YAML; of a section the name."""
    if isinstance(value, dict):
        return f"{{name: {value['name']}}}"
    return "null" if value is None else str(value).lower()


def _next_rows(entry: Entry, data_dir: Path) -> list[Row]:
    command = partial(_row, style="bold", is_copied=True)
    rows = [Row(), command(label="next", text=next_command(entry, data_dir))]
    if entry.state == "damaged":
        rows.insert(1, _row(label="first", text=f"delete {entry.folder}", is_copied=True))
    if entry.state == "missing":
        name, option = entry.info.name, data_dir_option(data_dir)
        by_hand = f"dltrain data import {name}{option} FILE..."
        rows.append(command(label="by hand", text=by_hand))
    return rows
