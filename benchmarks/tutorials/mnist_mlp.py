"""Two hidden layers, of 64 and 32 units, on MNIST, in plain Keras.

    python benchmarks/tutorials/mnist_mlp.py --data FOLDER

The folder holds what `prepare.py` wrote.
"""

import time

import keras
from keras import layers
from reading import options, print_line, read

arguments = options(epochs=10).parse_args()
(x_train, y_train), (x_test, y_test) = read(arguments, "mnist")
x_train, x_test = x_train.astype("float32") / 255, x_test.astype("float32") / 255

model = keras.Sequential(
    [
        keras.Input((28, 28, 1)),
        layers.Flatten(),
        layers.Dense(64, activation="relu"),
        layers.Dense(32, activation="relu"),
        layers.Dense(10, activation="softmax"),
    ]
)
model.compile(
    optimizer=keras.optimizers.Adam(learning_rate=0.001),
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
)

started = time.perf_counter()
fitted = model.fit(
    x_train,
    y_train,
    epochs=arguments.epochs,
    batch_size=32,
    validation_data=(x_test, y_test),
)
seconds = time.perf_counter() - started
loss, accuracy = model.evaluate(x_test, y_test)
print_line(seconds, fitted.history["val_accuracy"], batch_size=32, accuracy=accuracy, loss=loss)
