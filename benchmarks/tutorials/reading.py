"""What the tutorials' scripts share: options, the data as arrays, and the last line they print.

`prepare.py` writes the arrays; they are what dltrain reads for the row's config.
"""

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
Part = tuple[Array, Array]
Reviews = tuple[list[Array], Array]


def options(epochs: int, *, reads_data: bool = True) -> argparse.ArgumentParser:
    """The options of every script; `--limit` is for trying it out."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=epochs)
    if reads_data:
        parser.add_argument("--data", type=Path, required=True, help="what prepare.py wrote")
        parser.add_argument("--limit", type=int, help="keep the first examples of either part")
    return parser


def read(arguments: argparse.Namespace, name: str) -> tuple[Part, Part]:
    """Inputs and labels of the training and of the test part."""
    limit = arguments.limit
    with np.load(arguments.data / f"{name}.npz") as arrays:
        train, test = (
            (arrays[f"x_{part}"][:limit], arrays[f"y_{part}"][:limit]) for part in ("train", "test")
        )
    return train, test


def read_reviews(arguments: argparse.Namespace) -> tuple[Reviews, Reviews]:
    """The words of each review as numbers by frequency, all lengths; and praise (1) or blame (0)."""
    limit = arguments.limit
    with np.load(arguments.data / "imdb.npz") as arrays:
        train, test = (
            (
                np.split(arrays[f"x_{part}"], arrays[f"offsets_{part}"][1:-1])[:limit],
                arrays[f"y_{part}"][:limit],
            )
            for part in ("train", "test")
        )
    return train, test


def print_line(
    seconds: float, history: list[float], *, batch_size: int | str, **final: float
) -> None:
    """The one line of JSON that `side_by_side.py` reads.

    Args:
        seconds: spent training.
        history: the row's figure after each epoch, on the test part where there is one.
        batch_size: examples per update.
        final: figures at the end.
    """
    line = {
        "seconds_training": round(seconds, 6),
        "batch_size": batch_size,
        "history": [float(figure) for figure in history],
        "final": {name: float(figure) for name, figure in final.items()},
    }
    print(json.dumps(line))
