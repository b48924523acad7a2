"""Exclusive or by two hidden sigmoid units and gradient descent, in plain NumPy.

    python benchmarks/tutorials/xor.py --seed 0
    python benchmarks/tutorials/xor.py --seeds 60   # how many beginnings lead to a solution

It is solved when all four outputs are on the right side of 0.5.
"""

import json
import time
from typing import Any

import numpy as np
from reading import options, print_line

Array = np.ndarray[Any, Any]

RATE = 0.1
X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
Y = np.array([[0], [1], [1], [0]])


def sigmoid(values: Array) -> Array:
    """Squeeze numbers between 0 and 1."""
    return 1 / (1 + np.exp(-values))


def train(seed: int, epochs: int) -> tuple[list[float], float]:
    """Part of the four that are on the right side of 0.5, per epoch, and the loss at the end."""
    random = np.random.RandomState(seed)
    w1, b1 = random.uniform(size=(2, 2)), random.uniform(size=(1, 2))
    w2, b2 = random.uniform(size=(2, 1)), random.uniform(size=(1, 1))
    history = []
    for _ in range(epochs):
        hidden = sigmoid(X @ w1 + b1)
        output = sigmoid(hidden @ w2 + b2)
        history.append(float(np.mean((output > 0.5) == Y)))  # noqa: PLR2004

        # The loss is half the sum of the squared errors, so its derivative is the error.
        output_delta = (output - Y) * output * (1 - output)
        hidden_delta = (output_delta @ w2.T) * hidden * (1 - hidden)
        w2 -= RATE * hidden.T @ output_delta
        b2 -= RATE * output_delta.sum(axis=0, keepdims=True)
        w1 -= RATE * X.T @ hidden_delta
        b1 -= RATE * hidden_delta.sum(axis=0, keepdims=True)
    return history, float(np.sum((output - Y) ** 2) / 2)


parser = options(epochs=10_000, reads_data=False)
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--seeds", type=int, help="train seeds 0, 1, ... and count the solved")
arguments = parser.parse_args()
started = time.perf_counter()
if arguments.seeds:
    ends = [train(seed, arguments.epochs)[0][-1] for seed in range(arguments.seeds)]
    print(json.dumps({"seeds": arguments.seeds, "solved": ends.count(1.0)}))
else:
    figures, loss = train(arguments.seed, arguments.epochs)
    seconds = time.perf_counter() - started
    per_epoch = 1000 * seconds / arguments.epochs
    print_line(
        seconds,
        figures,
        batch_size="all",
        accuracy=figures[-1],
        loss=loss,
        milliseconds_per_epoch=per_epoch,
    )
