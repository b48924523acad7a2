"""All that makes a convolutional network quick to train, together in one small config."""

from typing import Any

QUICK_CNN: dict[str, dict[str, Any]] = {
    "data": {"drop_remainder": True},
    "model": {
        "filters": [4],
        "convolutions_per_stage": 2,
        "pool_after": "first",
        "whitening": 2,
        "norm_momentum": 0.6,
        "initializer": "identity",
    },
    "optimizer": {
        "name": "muon",
        "keep_norm": True,
        "newton_schulz_steps": 3,
        "learning_rate": 0.05,
        "others": {"name": "sgd", "learning_rate": 0.05, "nesterov": True},
        "groups": {"norm": {"learning_rate": 0.1}, "head": {"weight_decay": 0.1}},
        "schedule": {"name": "one_cycle"},
    },
    "train": {"ema": 0.9, "lookahead": {"every": 3, "ramp": "cubic"}},
}
"""Sections of ``small("cnn", ...)``; three steps an epoch, at whose end the weights meet."""
