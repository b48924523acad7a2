"""Every example of a very small set beside what was predicted of it."""

from collections.abc import Mapping, Sequence
from typing import Any

from dltrain.cli.screen_rows import Row
from dltrain.cli.screen_text import four_digits, plain

MOST_INPUT_COLUMNS = 18  # with the others this fits 60 columns
MOST_NAME_COLUMNS = 12


def prediction_rows(predictions: Sequence[Mapping[str, Any]]) -> list[Row]:
    """A table with one row per example, its columns as wide as what is in them.

    Args:
        predictions: ``summary["predictions"]``.
    """
    header = ["x", "y", "predicted"]
    chances = [each["probability"] for each in predictions if "probability" in each]
    if chances:
        names = {name for chance in chances for name in chance}
        is_one = len(names) == 1 and all(chance.keys() == chances[0].keys() for chance in chances)
        header.append(_cut(f"p({names.pop()})") if is_one else "probability")
    table = [header, *map(_cells, predictions)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in table
    ]
    return [
        Row(text=line, style="" if index else "dim", is_copied=True)
        for index, line in enumerate(lines)
    ]


def _cells(prediction: Mapping[str, Any]) -> list[str]:
    chances = prediction.get("probability", {}).values()
    answers = [_answer(prediction[key]) for key in ("y", "predicted")]
    return [_input(prediction["x"]), *answers, *map(four_digits, chances)]


def _input(x: Any) -> str:
    """The numbers of an example, or its shape where they would fill the line."""
    if isinstance(x, Mapping):
        return "x".join(map(str, x["shape"]))
    text = ", ".join(f"{value:.4g}" for value in x)
    return text if len(text) <= MOST_INPUT_COLUMNS else f"{len(x)} numbers"


def _answer(value: Any) -> str:
    return _cut(value) if isinstance(value, str) else f"{value:.4g}"


def _cut(name: str) -> str:
    return plain(name)[:MOST_NAME_COLUMNS]
