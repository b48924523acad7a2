"""Linear regression on scikit-learn's diabetes by gradient descent, in plain Keras.

    python benchmarks/tutorials/diabetes_linear_keras.py --data FOLDER

The folder holds what `prepare.py` wrote.
"""

import time

import keras
from keras import layers
from reading import options, print_line, read

arguments = options(epochs=1_000).parse_args()
(x_train, y_train), (x_test, y_test) = read(arguments, "diabetes")
mean, deviation = x_train.mean(axis=0), x_train.std(axis=0)
x_train, x_test = (x_train - mean) / deviation, (x_test - mean) / deviation

model = keras.Sequential(
    [
        keras.Input(x_train.shape[1:]),
        layers.Dense(1, kernel_initializer="zeros"),
    ]
)
model.compile(
    optimizer=keras.optimizers.SGD(learning_rate=0.1),
    loss="mse",
    metrics=["mae"],
)

started = time.perf_counter()
fitted = model.fit(
    x_train,
    y_train,
    epochs=arguments.epochs,
    batch_size=len(x_train),
    validation_data=(x_test, y_test),
)
seconds = time.perf_counter() - started
loss, mae = model.evaluate(x_test, y_test)
print_line(
    seconds,
    [loss**0.5 for loss in fitted.history["val_loss"]],
    batch_size="all",
    rmse=loss**0.5,
    mae=mae,
)
