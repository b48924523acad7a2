"""Linear regression on scikit-learn's diabetes by gradient descent, in plain NumPy.

    python benchmarks/tutorials/diabetes_linear.py --data FOLDER

The folder holds what `prepare.py` wrote.
"""

import time

import numpy as np
from reading import options, print_line, read

arguments = options(epochs=1_000).parse_args()
(x_train, y_train), (x_test, y_test) = read(arguments, "diabetes")
mean, deviation = x_train.mean(axis=0), x_train.std(axis=0)
x_train, x_test = (x_train - mean) / deviation, (x_test - mean) / deviation
w, b = np.zeros(x_train.shape[1]), 0.0

started = time.perf_counter()
history = []
for _ in range(arguments.epochs):
    errors = x_train @ w + b - y_train
    w -= 0.1 * 2 * x_train.T @ errors / len(y_train)
    b -= 0.1 * 2 * np.mean(errors)
    history.append(np.sqrt(np.mean((x_test @ w + b - y_test) ** 2)))
seconds = time.perf_counter() - started
test_errors = x_test @ w + b - y_test
print_line(
    seconds,
    history,
    batch_size="all",
    rmse=history[-1],
    mae=np.mean(np.abs(test_errors)),
    r2=1 - np.mean(test_errors**2) / np.var(y_test),
    milliseconds_per_epoch=1000 * seconds / arguments.epochs,
)
