"""Features of recordings: computed once, cached by content, normalised by the training part."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dltrain.config.dataset_facts import info_of
from dltrain.config.schema import LogMelConfig, MFCCConfig, SpeechCommandsConfig
from dltrain.data import audio
from dltrain.data.audio import BATCH, compute_features, log_mel_rows, with_statistics
from dltrain.data.examples import Columns
from dltrain.data.synthetic_audio import generate_audio

CONFIG = SpeechCommandsConfig(name="speech_commands", features=LogMelConfig(mels=8, hop_ms=40))
INFO = replace(info_of(CONFIG), num_examples={"train": 6, "validation": 3, "test": 2})
TRAIN = np.array([0, 2, 3], np.int32)


@pytest.fixture(scope="module")
def stored() -> dict[str, Columns]:
    """A few recordings per split."""
    return generate_audio(INFO)


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache."""
    monkeypatch.setenv("DLTRAIN_CACHE_DIR", str(tmp_path))
    return tmp_path


def prepare(
    stored: dict[str, Columns], config: SpeechCommandsConfig = CONFIG, content: str = "content"
) -> Any:
    """The examples, the facts and the notices."""
    features = compute_features(config, INFO, stored, content)
    info = with_statistics(INFO, features.examples, TRAIN, None)
    return features.examples, info, features.notices


def forbid_computing(monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on features can only come from the cache."""

    def compute(*_: Any) -> None:
        pytest.fail("computed a second time")

    monkeypatch.setattr(audio, "log_mel_rows", compute)


def test_examples(stored: dict[str, Columns]) -> None:
    """Every split has float32 features of the stated shape beside its labels."""
    examples, info, notices = prepare(stored)
    assert notices == ()
    assert set(examples) == {"train", "validation", "test"}
    for split, found in examples.items():
        assert found.inputs.shape == (INFO.num_examples[split], *info.input_shape)
        assert found.inputs.dtype == np.float32
        np.testing.assert_array_equal(found.labels, stored[split]["labels"])


def test_alone_or_together(stored: dict[str, Columns]) -> None:
    """A recording's features are the same bits wherever in a batch it stands."""
    six = stored["train"]["waveforms"]
    many = np.concatenate([six] * (BATCH // 6 + 2))
    together, alone = (
        log_mel_rows(waveforms, CONFIG.features, INFO).array() for waveforms in (many, six[2:3])
    )
    assert len(together) == len(many) > BATCH
    for row in (2, 8, 6 * (BATCH // 6) + 2):
        assert together[row].tobytes() == alone[0].tobytes()


def test_scale(stored: dict[str, Columns]) -> None:
    """Full scale of 16 bits is an amplitude of one."""
    waveforms = stored["test"]["waveforms"]
    amplitudes = waveforms.astype(np.float32) / 32_768
    direct = audio.log_mel(amplitudes, CONFIG.features, INFO)
    computed = log_mel_rows(waveforms, CONFIG.features, INFO).array()
    np.testing.assert_allclose(computed, direct, atol=1e-5)


def test_second_time(stored: dict[str, Columns], monkeypatch: pytest.MonkeyPatch) -> None:
    """The second start computes nothing; neither do MFCCs, which share the features."""
    first, *_ = prepare(stored)
    forbid_computing(monkeypatch)
    mfcc = MFCCConfig(name="mfcc", mels=8, hop_ms=40, coefficients=5)
    for config in (CONFIG, CONFIG.model_copy(update={"features": mfcc})):
        second, *_ = prepare(stored, config)
        for split, found in second.items():
            assert isinstance(found.inputs, np.memmap)
            np.testing.assert_array_equal(found.inputs, first[split].inputs)


def test_without_a_split(stored: dict[str, Columns], monkeypatch: pytest.MonkeyPatch) -> None:
    """Splits are cached apart, so that a config that needs one more finds the others."""
    prepare({split: stored[split] for split in ("train", "test")})
    prepare({"validation": stored["validation"], "train": stored["train"]})
    forbid_computing(monkeypatch)
    assert set(prepare(stored)[0]) == set(stored)


def test_content(stored: dict[str, Columns]) -> None:
    """Other features of the same waveforms are another content, the same are the same."""
    whole = compute_features(CONFIG, INFO, stored, "content").content
    assert compute_features(CONFIG, INFO, stored, "content").content == whole
    other = CONFIG.model_copy(update={"features": LogMelConfig(mels=8, hop_ms=40, lowest_hz=30)})
    assert compute_features(other, INFO, stored, "content").content != whole


def test_other_content_or_settings(stored: dict[str, Columns], root: Path) -> None:
    """Other waveforms, and each other setting, are entries of their own."""
    train = {"train": stored["train"]}
    prepare(train)
    prepare(train, content="other")
    prepare(
        train, CONFIG.model_copy(update={"features": LogMelConfig(mels=8, hop_ms=40, lowest_hz=30)})
    )
    assert len(list((root / "speech_commands-log_mel").iterdir())) == 3


def test_damaged(stored: dict[str, Columns], root: Path) -> None:
    """A damaged entry is noticed, named and built again."""
    whole, *_ = prepare(stored)
    whole = {split: np.array(found.inputs) for split, found in whole.items()}
    (file,) = root.glob("*/*/test-inputs.npy")
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    examples, _, notices = prepare(stored)
    assert len(notices) == 1
    assert notices[0].startswith(f"the decode cache {file.parent} was damaged (")
    for split, found in examples.items():
        np.testing.assert_array_equal(found.inputs, whole[split])
    assert prepare(stored)[2] == ()


def test_generated_recordings_leave_no_trace(stored: dict[str, Columns], root: Path) -> None:
    """Features of generated recordings are those of real ones, but never cached."""
    examples, *_ = prepare(stored, CONFIG.model_copy(update={"synthetic": True}))
    assert list(root.iterdir()) == []
    np.testing.assert_array_equal(examples["test"].inputs, prepare(stored)[0]["test"].inputs)


def test_statistics(stored: dict[str, Columns], monkeypatch: pytest.MonkeyPatch) -> None:
    """Mean and deviation are those of the training rows alone, however many at once."""
    monkeypatch.setattr(audio, "ROWS_AT_ONCE", 2)
    examples, info, _ = prepare(stored)
    rows = examples["train"].inputs[TRAIN].astype(np.float64)
    assert info.mean == (pytest.approx(rows.mean(), rel=1e-12),)
    assert info.standard_deviation == (pytest.approx(rows.std(), rel=1e-9),)
    assert info.mean != pytest.approx((examples["train"].inputs.mean(dtype=np.float64),), rel=1e-6)


def test_trained_with(stored: dict[str, Columns]) -> None:
    """A checkpoint's statistics are kept, with the numbers of examples found now."""
    known = replace(INFO, mean=(1.5,), standard_deviation=(2.5,), num_examples={"train": 99})
    examples, *_ = prepare(stored)
    info = with_statistics(INFO, examples, TRAIN, known)
    assert info == replace(known, num_examples=INFO.num_examples)


def test_nothing_but_silence() -> None:
    """Recordings without any sound have features without spread, which divide by one."""
    silence = {"waveforms": np.zeros((2, 16_000), np.int16), "labels": np.zeros(2, np.int32)}
    features = compute_features(CONFIG, INFO, {"train": silence}, "silence")
    info = with_statistics(INFO, features.examples, np.arange(2), None)
    assert info.standard_deviation == (1.0,)
