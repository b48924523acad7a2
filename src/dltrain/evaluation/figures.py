"""Loss and accuracy from logits, summed in float64 on the host."""

from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Figures:
    """The plain data term: no label smoothing, no penalties.

    Attributes:
        loss: mean cross-entropy in nats.
        accuracy: part of the examples whose largest logit is the label's, 0 to 1; where a
            logit is not a number there is no largest.
        examples: how many there were.
    """

    loss: float
    accuracy: float
    examples: int

    def as_metrics(self) -> dict[str, float]:
        """For ``metrics.jsonl``, ``summary.json`` and ``eval --json``."""
        return {"loss": self.loss, "accuracy": self.accuracy}


def figures_of(logits: np.ndarray[Any, Any], labels: np.ndarray[Any, Any]) -> Figures:
    """Figures of one split.

    Args:
        logits: ``(examples, classes)`` float32.
        labels: ``(examples,)`` whole numbers.
    """
    wide = logits.astype(np.float64)
    largest = wide.max(axis=1, keepdims=True)
    with np.errstate(invalid="ignore"):  # infinite logits give a loss that is not a number
        log_sum = largest[:, 0] + np.log(np.exp(wide - largest).sum(axis=1))
        losses = log_sum - wide[np.arange(len(labels)), labels]
    correct = (wide.argmax(axis=1) == labels) & ~np.isnan(largest[:, 0])
    return Figures(float(losses.mean()), float(correct.mean()), len(labels))
