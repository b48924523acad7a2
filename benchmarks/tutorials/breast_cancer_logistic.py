"""Logistic regression on scikit-learn's breast_cancer by gradient descent, in plain NumPy.

    python benchmarks/tutorials/breast_cancer_logistic.py --data FOLDER

The folder holds what `prepare.py` wrote.
"""

import time

import numpy as np
from reading import options, print_line, read

arguments = options(epochs=500).parse_args()
(x_train, y_train), (x_test, y_test) = read(arguments, "breast_cancer")
mean, deviation = x_train.mean(axis=0), x_train.std(axis=0)
x_train, x_test = (x_train - mean) / deviation, (x_test - mean) / deviation
w, b = np.zeros(x_train.shape[1]), 0.0

started = time.perf_counter()
history = []
for _ in range(arguments.epochs):
    probabilities = 1 / (1 + np.exp(-(x_train @ w + b)))
    errors = probabilities - y_train
    w -= 0.5 * x_train.T @ errors / len(y_train)
    b -= 0.5 * np.mean(errors)
    history.append(np.mean((x_test @ w + b > 0) == y_test))
seconds = time.perf_counter() - started
print_line(
    seconds,
    history,
    batch_size="all",
    accuracy=history[-1],
    milliseconds_per_epoch=1000 * seconds / arguments.epochs,
)
