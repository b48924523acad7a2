"""The tutorials' systems that are measured side by side: a script and a config for each."""

from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
CONFIGS = HERE.parent.parent / "configs" / "tutorials"


@dataclass(frozen=True)
class Row:
    """One system of the tutorials.

    Attributes:
        script: file name of the script, without its ending.
        arguments: what the script is told beside where its data is.
        figure: what both sides are judged by.
        lower_is_better: whether a smaller figure is better.
        reads_data: whether the script reads arrays, rather than making its few numbers.
        config: file name of the config, without its ending, where it is not the row's name.
    """

    script: str
    arguments: tuple[str, ...] = ()
    figure: str = "accuracy"
    lower_is_better: bool = False
    reads_data: bool = True
    config: str | None = None

    def reaches(self, value: float, target: float) -> bool:
        """Whether a figure is as good as another, but for rounding to float32.

        Errors, which creep towards their limit, may be off by a thousandth.
        """
        return value <= 1.001 * target if self.lower_is_better else value >= target - 1e-6


ROWS = {
    "mnist_cnn": Row("mnist_cnn"),
    "cifar_cnn": Row("cifar_cnn"),
    "imdb_lstm": Row("imdb_lstm"),
    "mnist_mlp": Row("mnist_mlp"),
    "mnist_feed_forward": Row("mnist_feed_forward"),
    "mnist_simple_rnn": Row("mnist_rnn", ("--cell", "simple_rnn")),
    "mnist_lstm": Row("mnist_rnn", ("--cell", "lstm")),
    "mnist_gru": Row("mnist_rnn", ("--cell", "gru")),
    "diabetes_linear": Row("diabetes_linear", figure="rmse", lower_is_better=True),
    "breast_cancer_logistic": Row("breast_cancer_logistic"),
    "diabetes_linear_keras": Row(
        "diabetes_linear_keras", figure="rmse", lower_is_better=True, config="diabetes_linear"
    ),
    "breast_cancer_logistic_keras": Row(
        "breast_cancer_logistic_keras", config="breast_cancer_logistic"
    ),
    "xor": Row("xor", reads_data=False),
    "linear_regression": Row(
        "linear_regression", figure="mae", lower_is_better=True, reads_data=False
    ),
}
"""Named as their configs are, but for second scripts of one system."""

QUICKEST = {
    "mnist_quickest": Row("mnist_cnn", config="../mnist_cnn_fast"),
    "cifar_quickest": Row("cifar_cnn", config="../cifar_cnn_fast"),
    "imdb_quickest": Row("imdb_lstm", config="../imdb_mlp"),
}
"""The tutorials' scripts beside what gets soonest to their figures, of whatever model."""
