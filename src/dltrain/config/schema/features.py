"""What is computed from waveforms before training."""

from functools import partial
from typing import Annotated, Literal

from pydantic import Field
from pydantic.functional_validators import BeforeValidator

from dltrain.config.schema.values import (
    Milliseconds,
    NonNegativeFloat,
    PositiveFloat,
    PositiveInt,
    Section,
    with_default_name,
)


class FeaturesSection(Section):
    """Energies in bands of the mel scale, over short windows."""

    mels: PositiveInt = 40
    """Bands of the mel scale."""
    window_ms: Milliseconds = 30.0
    """Length of each window in milliseconds."""
    hop_ms: Milliseconds = 10.0
    """Milliseconds from one window to the next."""
    lowest_hz: NonNegativeFloat = 20.0
    """Where the lowest band begins."""
    highest_hz: PositiveFloat = 7600.0
    """Where the highest band ends."""


class LogMelConfig(FeaturesSection):
    """The logarithm of the energy in each band of the mel scale."""

    name: Literal["log_mel"] = "log_mel"


class MFCCConfig(FeaturesSection):
    """Mel-frequency cepstral coefficients: the cosine transform of log_mel (Davis and Mermelstein 1980)."""

    name: Literal["mfcc"]
    coefficients: PositiveInt = 13
    """How many of the lowest coefficients are kept."""


FeaturesConfig = Annotated[
    LogMelConfig | MFCCConfig,
    Field(discriminator="name"),
    BeforeValidator(partial(with_default_name, "log_mel")),
]
