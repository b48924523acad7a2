"""An evaluation as plain columns that fit a narrow terminal."""

from typing import TextIO

from dltrain.cli.screen_text import figure, plain
from dltrain.evaluation.evaluate_checkpoint import Evaluation
from dltrain.evaluation.report import ClassFigures

MOST_CLASSES_IN_MATRIX = 20
LONGEST_NAME = 16


def print_evaluation(evaluation: Evaluation, stream: TextIO) -> None:
    """Print the figures, their agreement with the logged ones, and the classes one by one if there are any.

    Args:
        evaluation: what was found.
        stream: standard output; gets plain text only.
    """
    figures = evaluation.figures
    metrics = {name: value for name, value in evaluation.metrics.items() if name != "loss"}
    width = max(len(name) for name in evaluation.metrics)
    lines = [
        f"{evaluation.checkpoint} on {figures.examples:,} {evaluation.split} examples",
        "",
        *(f"{name:<{width}}  {figure(name, value)}" for name, value in metrics.items()),
        f"{'loss':<{width}}  {figures.loss:.6g}",
        _agreement(evaluation),
        *(f"note: {note}" for note in evaluation.notes),
    ]
    if evaluation.classes:
        lines += ["", *_class_lines(evaluation.classes), *_matrix_lines(evaluation)]
    for line in lines:
        print(plain(line).rstrip(), file=stream)


def _agreement(evaluation: Evaluation) -> str:
    if evaluation.matches_logged is None:
        return "nothing was logged for this checkpoint and split"
    if not evaluation.matches_logged:
        return f"NOT the logged figures: {evaluation.logged}"
    if evaluation.is_exact_expected:
        return "exactly the figures logged when it was written"
    return "the figures logged when it was written, within 1e-5"


def _class_lines(classes: list[ClassFigures]) -> list[str]:
    width = _name_width(classes)
    lines = [f"{'class':<{width}}  precision  recall      f1  examples"]
    for figures in classes:
        lines.append(
            f"{figures.name[:width]:<{width}}  {figures.precision:9.4f}  {figures.recall:6.4f}  "
            f"{figures.f1:6.4f}  {figures.examples:8,}"
        )
    return lines


def _matrix_lines(evaluation: Evaluation) -> list[str]:
    """Rows are true classes, columns predicted ones; left out where it would not be read."""
    matrix, classes = evaluation.confusion, evaluation.classes
    if len(matrix) > MOST_CLASSES_IN_MATRIX:
        return ["", "confusion matrix: see --json"]
    width = max(len(str(count)) for row in matrix for count in row)
    width = max(width, len(str(len(matrix) - 1))) + 1
    name_width = _name_width(classes)
    header = "".join(f"{index:>{width}}" for index in range(len(matrix)))
    lines = ["", "confusion: true class down, predicted class across", " " * name_width + header]
    for figures, row in zip(classes, matrix, strict=True):
        counts = "".join(f"{count or '.':>{width}}" for count in row)
        lines.append(f"{figures.name[:name_width]:<{name_width}}{counts}")
    return lines


def _name_width(classes: list[ClassFigures]) -> int:
    longest = max(len(figures.name) for figures in classes)
    return min(LONGEST_NAME, max(len("class"), longest))
