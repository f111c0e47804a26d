"""The description of a packed model, ``sentemo.json``."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sentemo.core.errors import SentemoError
from sentemo.data.features import SAMPLE_RATE, feature_dim, raw_rate

DESCRIPTION, ONNX_MODEL = "sentemo.json", "model.onnx"
FORMAT = 1


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
    """

    name: str
    labels: tuple[str, ...]
    scale: tuple[float, float] | None
    feature_type: str
    frame_shift: float
    shortest: float
    members: int
    not_exported: str = ""
    tokens: tuple[str, ...] = ()
    window: str = ""
    peak: float | None = None
    weight_bits: int = 32
    plugin: str = ""
    shares_weights: bool = False
    licence: str = ""

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
            When the file is damaged, or has another format.
        """
        try:
            found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            if (version := found.pop("format")) != FORMAT:
                raise SentemoError(
                    f"{path}: of format {version}, and this sentemo reads {FORMAT}. Pack the model "
                    "again, or install the sentemo that packed it."
                )
            scale = found.pop("scale")
            described = cls(
                labels=tuple(map(str, found.pop("labels"))),
                tokens=tuple(map(str, found.pop("tokens", ()))),
                scale=scale and (float(scale[0]), float(scale[1])),
                **found,
            )
            described.dim  # noqa: B018 (an unknown feature type)
            numbers = (described.frame_shift, described.shortest)
            if not all(isinstance(number, int | float) and number > 0 for number in numbers):
                raise ValueError(f"frame_shift, shortest: {numbers}")
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise SentemoError(
                f"{path}: not what stage pack writes ({error}). Pack the model again."
            ) from error
        return described
