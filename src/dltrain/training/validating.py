"""The figures of the judged weights on the validation examples."""

from collections.abc import Callable

from dltrain.config.schema import ExperimentConfig
from dltrain.data.dataset import Dataset
from dltrain.evaluation.figures import Figures, figures_of, measures_of
from dltrain.evaluation.predict import Predictor
from dltrain.training.learner import Learner


class Validator:
    """Validates where the config asks for it; compiled once."""

    def __init__(self, experiment: ExperimentConfig, dataset: Dataset, learner: Learner) -> None:
        self._examples, self._indices = dataset.examples_of("validation"), dataset.validation
        self._every = experiment.train.validate_every
        self._predictor = Predictor(learner.judged, learner.strategy)
        self._measures = measures_of(experiment, dataset.info)

    def is_due(self, epoch: int, *, is_last: bool) -> bool:
        """Whether an epoch, from 1, is to be validated; the last always is."""
        return len(self._indices) > 0 and (epoch % self._every == 0 or is_last)

    def figures(self, should_stop: Callable[[], bool]) -> Figures:
        """The figures of now.

        Args:
            should_stop: asked before every batch.

        Raises:
            InterruptedError: `should_stop` said so.
        """
        outputs = self._predictor.outputs(self._examples, self._indices, should_stop)
        return figures_of(outputs, self._examples.labels[self._indices], self._measures)
