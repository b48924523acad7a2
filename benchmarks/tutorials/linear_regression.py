"""The line y = 2 x through five points by gradient descent, in plain NumPy.

    python benchmarks/tutorials/linear_regression.py

The slope should come near 2, and the intercept near 0.
"""

import time

import numpy as np
from reading import options, print_line

arguments = options(epochs=1_000, reads_data=False).parse_args()
x = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
X = np.column_stack([np.ones(5), x])
y = 2 * x
w = np.zeros(2)

started = time.perf_counter()
history = []
for _ in range(arguments.epochs):
    errors = X @ w - y
    history.append(np.mean(np.abs(errors)))
    w -= 0.01 * X.T @ errors / len(y)
seconds = time.perf_counter() - started
print_line(
    seconds,
    history,
    batch_size="all",
    mae=np.mean(np.abs(X @ w - y)),
    intercept=w[0],
    slope=w[1],
    milliseconds_per_epoch=1000 * seconds / arguments.epochs,
)
