"""Speech encoders of Hugging Face Transformers: which there are, and what their input is made by.

Importing this is fast: neither torch nor Transformers is needed.
"""

from importlib.util import find_spec
from typing import Any

from sentemo.core.errors import SentemoError

WHISPER = "whisper"
OF_SAMPLES, OF_ENERGIES = "Wav2Vec2FeatureExtractor", "SeamlessM4TFeatureExtractor"
# The type of a model (`model_type` in config.json) and what computes its input.
EXTRACTORS = {
    "wav2vec2": OF_SAMPLES,
    "hubert": OF_SAMPLES,
    "wavlm": OF_SAMPLES,
    "data2vec-audio": OF_SAMPLES,
    "unispeech": OF_SAMPLES,
    "unispeech-sat": OF_SAMPLES,
    "wav2vec2-conformer": OF_SAMPLES,
    "wav2vec2-bert": OF_ENERGIES,
}


def require_transformers(where: str) -> None:
    """Raise a `SentemoError` unless Transformers is installed.

    Parameters
    ----------
    where
        What needs it, as the user named it.
    """
    if find_spec("transformers") is None:
        raise SentemoError(f"{where}: needs Hugging Face Transformers: pip install transformers")


def require_speech_encoder(model_type: Any, where: str) -> None:
    """Raise a `SentemoError` unless models of this type are encoders of speech that are known here.

    Parameters
    ----------
    model_type
        `model_type` of the model's ``config.json``.
    where
        The model as the user named it.
    """
    if model_type not in EXTRACTORS:
        raise SentemoError(
            f"{where}: a model of type {model_type!r}, which is no speech encoder that is known "
            f"here: {', '.join(EXTRACTORS)}, {WHISPER}."
        )
