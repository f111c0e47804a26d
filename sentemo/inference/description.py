"""The description of a packed model, ``sentemo.json``."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

from sentemo.core.errors import SentemoError
from sentemo.core.schema import Between, Different, OneOf, checked
from sentemo.core.structured import read_json
from sentemo.data.features import SAMPLE_RATE, feature_dim, raw_rate
from sentemo.scoring.answer_limits import AnswerLimits

DESCRIPTION, ONNX_MODEL = "sentemo.json", "model.onnx"
FORMAT = 1
AGAIN = "It is not what stage pack writes: pack the model again."
Names = Annotated[tuple[str, ...], Different()]
Positive = Annotated[float, Between(1e-6, 1e6)]


@dataclass(frozen=True)
class Description:
    """Everything that a backend needs beside the network.

    Attributes
    ----------
    name
        Name of the experiment.
    labels
        Classes in their order; empty where no class is learnt.
    scale
        Lowest and highest rating of activation, valence and dominance; None where these are not
        learnt.
    feature_type
        Features that the model hears, such as ``fbank80``, or ``raw`` audio.
    frame_shift
        Seconds from one frame of the attention to the next.
    shortest
        Shortest duration, in seconds, from which the encoder makes a state.
    members
        Number of models whose outputs are averaged.
    not_exported
        Reason why there is no ``model.onnx``; empty where there is one.
    tokens
        Tokens of the recogniser, the blank first; empty where there is no recogniser.
    window
        What Whisper hears of an utterance, see `WhisperFrontend`; empty for other models.
    peak
        Peak that the audio is brought to, of full scale ±1; None where it is heard as it is.
    weight_bits
        Bits in which ``model.onnx`` stores the upstream's weights: 8 or 16 where they came from so
        many, else 32.
    plugin
        Module that registers classes of the network, which torch needs; empty where there is none.
    shares_weights
        Whether ``model.onnx`` leaves out the weights of the built-in upstream, which the package
        has; see `sentemo.inference.shared_weights`.
    licence
        Licence of the data that it learnt from, which binds its users; empty where none was stated.
    limits
        What validation says of its answers; None where it learnt no classes, or was packed before
        it was scored.
    """

    name: str
    labels: Names
    scale: tuple[float, float] | None
    feature_type: str
    frame_shift: Positive
    shortest: Positive
    members: Annotated[int, Between(1, 10_000)]
    not_exported: str = ""
    tokens: Names = ()
    window: Annotated[str, OneOf(("", "utterance", "30s"))] = ""
    peak: Positive | None = None
    weight_bits: Annotated[int, OneOf((8, 16, 32))] = 32
    plugin: str = ""
    shares_weights: bool = False
    licence: str = ""
    limits: AnswerLimits | None = None

    @property
    def sample_rate(self) -> int:
        """Sample rate of the audio that the model hears, in Hz."""
        return raw_rate(self.feature_type) or SAMPLE_RATE

    @property
    def is_raw(self) -> bool:
        """Tell whether the model hears audio, not features."""
        return raw_rate(self.feature_type) is not None

    @property
    def dim(self) -> int:
        """Values per frame of the features, or samples per frame of raw audio."""
        return feature_dim(self.feature_type)

    def write(self, path: Path) -> None:
        """Write the description as JSON."""
        path.write_text(json.dumps({"format": FORMAT, **asdict(self)}, indent=1) + "\n", "utf-8")

    @classmethod
    def read(cls, path: Path) -> "Description":
        """Read a description that `write` wrote.

        Raises
        ------
        SentemoError
            When the file is damaged or has another format; naming the keys with wrong values.
        """
        found = read_json(path, dict[str, Any], AGAIN)
        if (version := found.pop("format", None)) != FORMAT:
            raise SentemoError(
                f"{path}: of format {version!r}, and this sentemo reads {FORMAT}. Pack the model "
                "again, or install the sentemo that packed it."
            )
        described = checked(found, cls, str(path), AGAIN)
        try:
            described.dim  # noqa: B018 (an unknown feature type)
        except SentemoError as error:
            raise SentemoError(f"{path}: {error}. {AGAIN}") from None
        if described.scale and described.scale[0] >= described.scale[1]:
            raise SentemoError(f"{path}: a scale from {described.scale}. {AGAIN}")
        if not described.labels and described.scale is None:
            raise SentemoError(f"{path}: it names neither labels nor a scale. {AGAIN}")
        return described
