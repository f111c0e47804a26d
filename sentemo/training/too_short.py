"""Utterances with too few frames for the encoder or for their own text, found before training."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import torch
from espnet.nets.pytorch_backend.transformer.subsampling import TooShortUttError
from espnet2.asr.espnet_model import ESPnetASRModel
from espnet2.train.abs_espnet_model import AbsESPnetModel

from sentemo.core.errors import Problems
from sentemo.data.features import FRAMES_PER_SECOND, FeatureDir

# Frames of silence. The difference is a whole number of states with any usual stride.
SOME_FRAMES, MORE_FRAMES = 240, 720
ENOUGH_FRAMES = 100  # a second, which is more than any encoder needs for one state
# Number of states that an encoder may lose at its edges, besides its stride.
LOST_AT_EDGES = 10


@dataclass(frozen=True)
class TooShort:
    """An utterance with too few frames.

    Attributes
    ----------
    frames, states
        Number of its frames, and number of states that the encoder makes of them.
    needed
        Number of states that its text needs.
    """

    frames: int
    states: int
    needed: int

    @property
    def for_the_encoder(self) -> bool:
        """Tell whether the encoder makes no state of the utterance."""
        return self.states == 0

    @property
    def reason(self) -> str:
        """Explanation for a list of utterances that are left out."""
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

    The number of states is found by encoding silence, only for utterances near the limit, because
    each costs an encoder pass.

    Parameters
    ----------
    model
        Recogniser, whose `min_encoder_frames` returns the number of states that a text needs.
    features
        Number of features per frame.
    frames
        Number of frames of each utterance, and perhaps of others.
    texts
        Pairs of utterance and token ids.
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


def refuse_too_short(short: Mapping[str, TooShort]) -> None:
    """Raise a `SentemoError` that names the utterances too short for the encoder, if any."""
    problems = Problems("utterances to recognise")
    for utt, found in short.items():
        if found.for_the_encoder:
            problems.add("too short for the encoder", utt, f"{found.frames} frames")
    problems.raise_if_any("Remove these utterances from the data directory.")


@torch.no_grad()
def refuse_without_states(model: AbsESPnetModel, features: FeatureDir) -> None:
    """Raise a `SentemoError` that names the utterances too short for a state, found with silence.

    Parameters
    ----------
    model
        Model or encoder with a method `encode`, in eval mode.
    """
    suspects = sorted((n, utt) for utt, n in features.num_frames.items() if n < ENOUGH_FRAMES)
    if not suspects:
        return
    encode_silence(model, ENOUGH_FRAMES, features.dim)  # a failure here has another reason
    problems = Problems(str(features.path))
    for number, utt in suspects:
        if states_of_silence(model, number, features.dim) > 0:
            break
        problems.add("too short for the encoder", utt, f"{number} frames of 10 ms")
    problems.raise_if_any("Remove these utterances from the data directory.")


def state_shift(model: AbsESPnetModel, features: int) -> float:
    """Return the seconds from one encoder state to the next, found by encoding silence."""
    more, some = (encode_silence(model, n, features) for n in (MORE_FRAMES, SOME_FRAMES))
    return (MORE_FRAMES - SOME_FRAMES) / FRAMES_PER_SECOND / (more - some)


def states_of_silence(model: AbsESPnetModel, frames: int, features: int) -> int:
    """Return how many states the encoder makes of a number of frames; 0 if there are too few."""
    try:
        return encode_silence(model, frames, features)
    except (TooShortUttError, RuntimeError):  # RuntimeError if a convolution does not fit
        return 0


def shortest_input(model: AbsESPnetModel, features: int) -> float:
    """Return the seconds of the shortest input that the encoder makes a state of."""
    frames = range(1, ENOUGH_FRAMES + 1)
    return next(n for n in frames if states_of_silence(model, n, features) > 0) / FRAMES_PER_SECOND


def encode_silence(model: AbsESPnetModel, frames: int, features: int) -> int:
    """Encode frames of zeros, or zeros of audio, and return the number of states."""
    device = next(model.parameters()).device
    silence = torch.zeros(1, frames, features, device=device)
    if model.frontend is not None:  # it takes samples; the last frame may have only one
        silence = silence.flatten()[None, : (frames - 1) * features + 1]
    return int(model.encode(silence, torch.tensor([silence.size(1)], device=device))[1])
