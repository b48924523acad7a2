"""Parts add up, verdicts are careful, and programs find what they look for."""

import json
from collections.abc import Callable

import pytest

from dltrain.measuring.alternatives import alternatives_of
from dltrain.measuring.messages import Facts, Memory, Round
from dltrain.measuring.report import FIGURES, NO_TIME, Report, Trial, median_interval

MakeFacts = Callable[..., Facts]
ROUNDS = [
    Round(input=0.001, forward=0.004, gradients=0.010, step=0.016, product=2e9),
    Round(input=0.009, forward=0.003, gradients=0.009, step=0.012, product=4e9),
    Round(input=0.002, forward=0.005, gradients=0.011, step=0.020, product=2e9),
]


def trial(facts: Facts, index: int, *ratios: float) -> Trial:
    """One of the alternatives with what it is said to have reached."""
    found = alternatives_of(facts.experiment, examples=facts.examples, cores=2)
    return Trial(found[index], ratios, Memory(1000, None))


def test_parts(make_facts: MakeFacts) -> None:
    """They are differences of medians and add up to the median step."""
    report = Report(config="a.yaml", facts=make_facts(), rounds=ROUNDS)
    expected = {"input": 0.002, "forward": 0.002, "backward": 0.006, "update": 0.006}
    assert report.parts == pytest.approx(expected)
    assert sum(report.parts.values()) == pytest.approx(report.step)
    assert report.examples_per_second == pytest.approx(16 / 0.016)


def test_noise(make_facts: MakeFacts) -> None:
    """No part is negative when one with less in it took longer, nor longer than the step."""
    noisy = Round(input=0.003, forward=0.002, gradients=0.007, step=0.005, product=1e9)
    report = Report(config="a.yaml", facts=make_facts(), rounds=[noisy])
    expected = {"input": 0.003, "forward": 0.0, "backward": 0.002, "update": 0.0}
    assert report.parts == pytest.approx(expected)


def test_utilisation(make_facts: MakeFacts) -> None:
    """Operations of a step over its time, over what a product of matrices reaches."""
    figures = Report(config="a.yaml", facts=make_facts(), rounds=ROUNDS).as_json()
    assert figures["flops_per_second"] == pytest.approx(4e6 / 0.016)
    assert figures["utilisation"] == pytest.approx(4e6 / 0.016 / 2e9)


@pytest.mark.parametrize(
    ("ratios", "verdict"),
    [
        ((1.3, 1.1, 1.5, 1.2, 1.2), "faster"),
        ((1.3, 1.01, 1.5, 1.2, 1.2), "unsure"),
        ((1.3, 1.4, 1.3, 1.4), "unsure"),
        ((0.7, 0.9, 0.97, 0.9, 0.9), "slower"),
        ((0.98, 1.05, 1.0, 1.0, 1.0), "alike"),
        ((0.5, 2.0, 1.0, 1.0, 1.0), "unsure"),
        ((0.2, 1.1, 1.2, 1.3, 1.3, 1.4, 1.5, 9.0), "faster"),
    ],
)
def test_verdicts(make_facts: MakeFacts, ratios: tuple[float, ...], verdict: str) -> None:
    """Something is faster or slower only where the whole interval of five comparisons says so."""
    assert trial(make_facts(), 0, *ratios).verdict == verdict


def test_interval() -> None:
    """Chances of coins: 5 values leave out none, 8 one at each end, 21 six; the order is free."""
    assert median_interval([3.0, 1.0, 2.0, 5.0, 4.0]) == (1.0, 5.0)  # 2 / 2**5 = 0.06
    assert median_interval([8.0, *map(float, range(1, 8))]) == (2.0, 7.0)  # 2 * 9 / 2**8 = 0.07
    assert median_interval([float(n) for n in range(1, 22)]) == (7.0, 15.0)  # 0.08
    assert median_interval([2.0]) == (2.0, 2.0)


def test_the_best_of_a_key(make_facts: MakeFacts) -> None:
    """Of two faster values of one key the faster one is advised; what is not clear never is."""
    facts = make_facts()
    trials = [
        trial(facts, 0, 0.9, 1.9, 1.9, 1.9, 1.9),
        trial(facts, 1, *[1.1] * 5),
        trial(facts, 2, *[1.2] * 5),
    ]
    report = Report(config="a.yaml", facts=facts, trials=trials)
    assert [each.alternative.text for each in report.faster] == ["train.jit: true"]


def test_json(make_facts: MakeFacts) -> None:
    """One document holds all; what was not measured is null."""
    facts = make_facts()
    left = alternatives_of(facts.experiment, examples=60, cores=1)[-1]
    report = Report(config="a.yaml", facts=facts, left_out=[(left, NO_TIME)], is_interrupted=True)
    document = json.loads(json.dumps(report.as_json()))
    assert [document[name] for name in FIGURES] == [None] * len(FIGURES)
    assert document["memory"] is None
    assert document["left_out"] == [{"set": {"data.batch_size": 8}, "reason": NO_TIME}]
    assert document["interrupted"] is True
    report.trials.append(trial(facts, 0, 1.2, 1.1, 1.5, 1.2, 1.2))
    assert report.as_json()["alternatives"] == [
        {
            "set": {"train.precision": "bfloat16"},
            "ratio": 1.2,
            "interval": [1.1, 1.5],
            "ratios": [1.2, 1.1, 1.5, 1.2, 1.2],
            "verdict": "faster",
            "same_curve": False,
            "memory": {"process": 1000, "gpu": None},
        }
    ]
