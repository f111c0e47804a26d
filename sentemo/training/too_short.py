"""Utterances with too few frames for the encoder or for their own text, found before training."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import torch
from espnet.nets.pytorch_backend.transformer.subsampling import TooShortUttError
from espnet2.asr.espnet_model import ESPnetASRModel
from espnet2.train.abs_espnet_model import AbsESPnetModel

from sentemo.core.errors import Problems
from sentemo.data.features import FRAMES_PER_SECOND

# Of silence: that much more is a whole number of states, whatever usual strides make of it.
SOME_FRAMES, MORE_FRAMES = 240, 720
# States that an encoder may lose at its edges, besides dividing the frames evenly.
LOST_AT_EDGES = 10


@dataclass(frozen=True)
class TooShort:
    """How much too short an utterance is.

    Attributes
    ----------
    frames, states
        Frames that it has, and states that the encoder makes of them.
    needed
        States that its text needs.
    """

    frames: int
    states: int
    needed: int

    @property
    def for_the_encoder(self) -> bool:
        """Whether the model cannot even listen to it."""
        return self.states == 0

    @property
    def reason(self) -> str:
        """For a list of what was left out."""
        if self.for_the_encoder:
            return f"too short for the encoder: {self.frames} frames"
        return f"too short for its text: {self.states} of {self.needed} encoder states"


@torch.no_grad()
def too_short(
    model: ESPnetASRModel,
    features: int,
    frames: Mapping[str, int],
    texts: Iterable[tuple[str, Sequence[int]]],
) -> dict[str, TooShort]:
    """Find the utterances that the model could not be trained on.

    How many states the encoder makes is found by trying, on silence; only for utterances near the
    limit, as each costs an encoder pass.

    Parameters
    ----------
    model
        Whose `min_encoder_frames` says what a text needs.
    features
        Values per frame.
    frames
        Frames of each utterance, and perhaps of others.
    texts
        Each utterance and its token ids.
    """
    model.eval()

    @cache
    def states(length: int) -> int:
        return states_of_silence(model, length, features)

    longest = max(frames.values())
    frames_per_state = longest / encode_silence(model, longest, features)
    found = {}
    for utt, tokens in texts:
        needed = max(1, model.min_encoder_frames(tokens))
        if frames[utt] >= (needed + LOST_AT_EDGES) * frames_per_state:
            continue
        if states(frames[utt]) < needed:
            found[utt] = TooShort(frames[utt], states(frames[utt]), needed)
    return found


def refuse_unheard(short: Mapping[str, TooShort]) -> None:
    """Refuse what cannot be recognised at all."""
    problems = Problems("utterances to recognise")
    for utt, found in short.items():
        if found.for_the_encoder:
            problems.add("too short for the encoder", utt, f"{found.frames} frames")
    problems.raise_if_any("Remove these utterances from the data directory.")


def state_shift(model: AbsESPnetModel, features: int) -> float:
    """Return the seconds from one encoder state to the next; tried on silence, so in eval mode."""
    more, some = (encode_silence(model, n, features) for n in (MORE_FRAMES, SOME_FRAMES))
    return (MORE_FRAMES - SOME_FRAMES) / FRAMES_PER_SECOND / (more - some)


def states_of_silence(model: AbsESPnetModel, frames: int, features: int) -> int:
    """Return how many states the encoder makes of so many frames; 0 where it cannot."""
    try:
        return encode_silence(model, frames, features)
    except (TooShortUttError, RuntimeError):  # the latter where a convolution does not fit
        return 0


def encode_silence(model: AbsESPnetModel, frames: int, features: int) -> int:
    """Encode so many frames of zeros, or as many of audio, and return the number of states."""
    device = next(model.parameters()).device
    silence = torch.zeros(1, frames, features, device=device)
    if model.frontend is not None:  # of samples; the last frame may be as short as one
        silence = silence.flatten()[None, : (frames - 1) * features + 1]
    return int(model.encode(silence, torch.tensor([silence.size(1)], device=device))[1])
