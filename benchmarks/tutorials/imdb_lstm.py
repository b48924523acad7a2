"""An LSTM reads the last 100 words of a film review, in plain Keras.

    python benchmarks/tutorials/imdb_lstm.py --data FOLDER

The folder holds what `prepare.py` wrote.
"""

import time

import keras
from keras import layers
from reading import options, print_line, read_reviews

arguments = options(epochs=10).parse_args()
(reviews_train, y_train), (reviews_test, y_test) = read_reviews(arguments)
x_train = keras.utils.pad_sequences(reviews_train, maxlen=100)
x_test = keras.utils.pad_sequences(reviews_test, maxlen=100)

model = keras.Sequential(
    [
        keras.Input((100,)),
        layers.Embedding(10_000, 128),
        layers.LSTM(64),
        layers.Dense(1, activation="sigmoid"),
    ]
)
model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])

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
