"""The end of a run on the screen, where not everything was held out or learned."""

import io
import re
from pathlib import Path
from typing import Any

import pytest

from dltrain.cli.screen_predictions import prediction_rows
from dltrain.cli.screen_rows import print_rows
from dltrain.cli.screen_seeds import print_seeds
from dltrain.cli.summary import print_summary

ESCAPE_CODE = re.compile(r"\x1b\[[0-9;]*m")
XOR: dict[str, Any] = {
    "status": "finished",
    "stopped": "epochs",
    "epochs": 10_000,
    "steps": 10_000,
    "best": None,
    "validation": None,
    "test": None,
    "train": {"loss": 0.00123, "accuracy": 1.0, "examples": 4},
    "seconds": 4.2,
    "tested": None,
    "baseline": {"split": "train", "answer": "0", "loss": 0.25, "accuracy": 0.5},
    "better_than_baseline": None,
    "smaller_loss_than_baseline": None,
    "formula": None,
    "predictions": [
        {"x": [0.0, 0.0], "y": "0", "predicted": "0", "probability": {"1": 0.0312}},
        {"x": [0.0, 1.0], "y": "1", "predicted": "1", "probability": {"1": 0.9711}},
    ],
}
TESTED = XOR | {
    "train": None,
    "predictions": None,
    "test": {"loss": 0.7, "accuracy": 0.49, "examples": 100},
    "baseline": {"split": "test", "answer": "0", "loss": 0.69, "accuracy": 0.502},
    "better_than_baseline": False,
    "smaller_loss_than_baseline": False,
}


class Terminal(io.StringIO):
    """A stream that a person watches."""

    def isatty(self) -> bool:
        """It is a terminal."""
        return True


def shown(summary: dict[str, Any], stream: io.StringIO | None = None) -> str:
    """What the summary prints."""
    output = stream or io.StringIO()
    print_summary(summary, Path("run"), output)
    return output.getvalue()


def test_nothing_held_out() -> None:
    """The figures are called those of the training examples, and each of these is shown."""
    assert shown(XOR) == (
        "finished 10,000 epochs, 10,000 steps in 4.2 s\n"
        "\n"
        "train       accuracy 100.00 %, loss 0.001230, on the 4 examples it was trained on\n"
        "held out    nothing: no validation, no test set\n"
        "baseline    accuracy 50.00 % by always answering the most frequent class\n"
        "\n"
        "x     y  predicted  p(1)\n"
        "0, 0  0  0          0.03120\n"
        "0, 1  1  1          0.9711\n"
        "\n"
        "run         run\n"
        "model       run/model.keras\n"
        "\n"
        "next        dltrain eval run --split train\n"
    )


def test_validation_but_no_test() -> None:
    """That there is no test set is said, and the next command judges the validation."""
    best = {"epoch": 3, "step": 30, "checkpoint": "checkpoints/step-00000030"}
    changes = {"train": None, "predictions": None, "validation": {"loss": 0.1, "accuracy": 0.9}}
    text = shown(XOR | changes | {"best": best})
    assert "validation  accuracy 90.00 %, loss 0.1000\ntest        no test set\n" in text
    assert "best        epoch 3\n" in text
    assert text.endswith("next        dltrain eval run\n")


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({}, "no better than that: nothing was learned that holds for new examples"),
        (
            {"smaller_loss_than_baseline": True},
            "not more often right than that, but its loss is smaller",
        ),
        ({"better_than_baseline": True}, None),
    ],
)
def test_verdict(changes: dict[str, Any], verdict: str | None) -> None:
    """A model that is no better than ignoring its input is called so in plain words."""
    lines = shown(TESTED | changes).splitlines()
    place = lines.index("baseline    accuracy 50.20 % by always answering the most frequent class")
    if verdict:
        assert lines[place + 1] == " " * 12 + verdict
    else:
        assert lines[place + 1] == "tested      the last checkpoint: no validation"


def test_rollbacks() -> None:
    """A run that went back says how often, one that did not says nothing of it."""
    said = "rollbacks   2, each to a checkpoint and a lower learning rate\n"
    assert said in shown(TESTED | {"rollbacks": 2})
    assert "rollbacks" not in shown(TESTED | {"rollbacks": 0})


def test_number() -> None:
    """The baseline of numbers is the mean, and a formula of several lines hangs below its label."""
    baseline = {"split": "test", "answer": 152.1, "loss": 5083.7, "rmse": 71.3, "mae": 60.1}
    text = shown(TESTED | {"baseline": baseline, "formula": "logit(a) = 2 x\nlogit(b) = -2 x"})
    assert "baseline    rmse 71.30 by always answering the mean\n" in text
    assert "formula     logit(a) = 2 x\n            logit(b) = -2 x\n" in text


@pytest.mark.parametrize("columns", [60, 80])
def test_narrow_terminal(monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    """No line is longer than the terminal, and text that is wrapped hangs beside its label."""
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("TERM", "xterm-256color")
    formula = "y = " + " + ".join(f"{number}.123 x{number}" for number in range(1, 11))
    row = {"x": [1.234e-05] * 6, "y": "a long name of a class", "predicted": "another long name"}
    predictions = [row | {"probability": {"another long name": 0.000123456}}] * 2
    summary = TESTED | {"formula": formula, "predictions": predictions}
    lines = [line.rstrip() for line in ESCAPE_CODE.sub("", shown(summary, Terminal())).splitlines()]
    assert max(map(len, lines)) <= columns
    place = next(index for index, line in enumerate(lines) if line.startswith("formula "))
    assert lines[place + 1].startswith(" " * 12)
    told = " ".join(line[12:].strip() for line in lines[place:] if line)
    assert formula in told


def test_predictions_of_several_classes_and_of_numbers() -> None:
    """A long input is counted or its shape is told; columns are as wide as what is in them."""
    classes = [
        {"x": {"shape": [8, 8, 1]}, "y": "cat", "predicted": "dog", "probability": {"dog": 0.6}},
        {"x": [1.2345e-5] * 6, "y": "dog", "predicted": "cat", "probability": {"cat": 0.9}},
    ]
    output = io.StringIO()
    print_rows(prediction_rows(classes), output)
    print_rows(prediction_rows([{"x": [1.5], "y": 3.0, "predicted": 2.99812}]), output)
    assert output.getvalue() == (
        "x          y    predicted  probability\n"
        "8x8x1      cat  dog        0.6000\n"
        "6 numbers  dog  cat        0.9000\n"
        "x    y  predicted\n"
        "1.5  3  2.998\n"
    )


def test_seeds_without_a_test() -> None:
    """The table and the spread are of the training examples where nothing is held out."""
    rows = [
        {"seed": seed, "summary": XOR | {"train": figures}, "run_dir": Path(f"runs/{seed}")}
        for seed, figures in enumerate(
            [{"loss": 0.1, "balanced_accuracy": 1.0}, {"loss": 0.3, "balanced_accuracy": 0.5}]
        )
    ]
    output = io.StringIO()
    print_seeds(rows, output)
    assert output.getvalue() == (
        "seed     train    time  run\n"
        "   0  100.00 %   4.2 s  runs/0\n"
        "   1   50.00 %   4.2 s  runs/1\n"
        "\n"
        "the examples it was trained on, mean ± sample standard deviation of 2 seeds\n"
        "balanced_accuracy  75.00 ± 35.36 %\n"
        "loss               0.2000 ± 0.1414\n"
    )
