"""A recurrent cell reads MNIST row by row, from top to bottom, in plain Keras.

    python benchmarks/tutorials/mnist_rnn.py --data FOLDER --cell lstm

The folder holds what `prepare.py` wrote.
"""

import time

import keras
from keras import layers
from reading import options, print_line, read

CELLS = {"simple_rnn": layers.SimpleRNN, "lstm": layers.LSTM, "gru": layers.GRU}

parser = options(epochs=5)
parser.add_argument("--cell", choices=CELLS, required=True)
arguments = parser.parse_args()
(x_train, y_train), (x_test, y_test) = read(arguments, "mnist")
x_train = x_train[..., 0].astype("float32") / 255
x_test = x_test[..., 0].astype("float32") / 255

model = keras.Sequential(
    [
        keras.Input((28, 28)),
        CELLS[arguments.cell](64),
        layers.Dense(10, activation="softmax"),
    ]
)
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])

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
