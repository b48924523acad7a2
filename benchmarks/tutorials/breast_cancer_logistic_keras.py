"""Logistic regression on scikit-learn's breast_cancer by gradient descent, in plain Keras.

    python benchmarks/tutorials/breast_cancer_logistic_keras.py --data FOLDER

The folder holds what `prepare.py` wrote.
"""

import time

import keras
from keras import layers
from reading import options, print_line, read

arguments = options(epochs=500).parse_args()
(x_train, y_train), (x_test, y_test) = read(arguments, "breast_cancer")
mean, deviation = x_train.mean(axis=0), x_train.std(axis=0)
x_train, x_test = (x_train - mean) / deviation, (x_test - mean) / deviation

model = keras.Sequential(
    [
        keras.Input(x_train.shape[1:]),
        layers.Dense(1, activation="sigmoid", kernel_initializer="zeros"),
    ]
)
model.compile(
    optimizer=keras.optimizers.SGD(learning_rate=0.5),
    loss="binary_crossentropy",
    metrics=["accuracy"],
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
loss, accuracy = model.evaluate(x_test, y_test)
print_line(
    seconds,
    fitted.history["val_accuracy"],
    batch_size="all",
    accuracy=accuracy,
    loss=loss,
)
