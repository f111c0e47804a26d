"""What a packed model says of itself, in ``sentemo.json``."""

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
    """All that a backend needs beside the network.

    Attributes
    ----------
    name
        The experiment's.
    labels
        Classes in their order; empty where no class is learnt.
    scale
        Lowest and highest rating of activation, valence and dominance; None where these are not
        learnt.
    feature_type
        Such as ``fbank80`` or ``raw``.
    frame_shift
        Seconds from one frame of the attention to the next.
    shortest
        Seconds below which the encoder makes no state.
    members
        Models whose answers are averaged.
    not_exported
        Why there is no ``model.onnx``; empty where there is one.
    tokens
        Of the recogniser, the blank first; empty where there is none.
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

    @property
    def sample_rate(self) -> int:
        """Of the audio that the model hears, in Hz."""
        return raw_rate(self.feature_type) or SAMPLE_RATE

    @property
    def is_raw(self) -> bool:
        """Whether the model hears audio, not features."""
        return raw_rate(self.feature_type) is not None

    @property
    def dim(self) -> int:
        """Values per frame of the features; of raw audio, its samples."""
        return feature_dim(self.feature_type)

    def write(self, path: Path) -> None:
        """Write it as JSON."""
        path.write_text(json.dumps({"format": FORMAT, **asdict(self)}, indent=1) + "\n", "utf-8")

    @classmethod
    def read(cls, path: Path) -> "Description":
        """Read what `write` wrote.

        Raises
        ------
        SentemoError
            When it is damaged, or of another format.
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
