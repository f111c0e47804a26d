"""SpecAugment per utterance, drawn from a generator keyed by (seed, epoch, utterance)."""

import hashlib

import numpy as np
import torch
from espnet2.asr.specaug.abs_specaug import AbsSpecAug

from sentemo.core.errors import SentemoError

ZERO, MEAN = "zero", "mean"


class KeyedSpecAug(AbsSpecAug):
    """Time warping, frequency masking and time masking (Park et al. 2019), one utterance at a time.

    It is applied to *normalised* features, so that a masked value is the mean. The draws of
    an utterance depend on the seed, the epoch and its id alone: batching, folds, the number of
    processes and resuming cannot change them. Only valid frames are changed, in a copy.

    Parameters
    ----------
    time_warp_window
        W: largest number of frames by which the warped point moves. An utterance of at most 2 W
        frames, which the paper leaves undefined, is warped by up to a quarter of its length.
    freq_mask_width, num_freq_mask
        F and m_F: largest width in channels (inclusive), number of masks.
    time_mask_width, num_time_mask
        T and m_T: largest width in frames (inclusive), number of masks.
    time_mask_ratio
        p: no time mask is longer than p times the utterance.
    prob
        Probability that an utterance is augmented at all (SA2SR, section 4.2: 0.5).
    mask_value
        ``zero``, the mean of features that are normalised; or ``mean``, that of the utterance's own
        frames, for features whose mean is another, such as Whisper's energies.

    The defaults are the LibriSpeech basic policy (Lu et al. 2020, section 3.1).

    Raises
    ------
    SentemoError
        When `mask_value` is another word.
    """

    def __init__(
        self,
        time_warp_window: int = 80,
        freq_mask_width: int = 27,
        num_freq_mask: int = 1,
        time_mask_width: int = 100,
        num_time_mask: int = 1,
        time_mask_ratio: float = 1.0,
        prob: float = 1.0,
        mask_value: str = ZERO,
    ) -> None:
        super().__init__()
        if mask_value not in (ZERO, MEAN):
            raise SentemoError(f"specaug_conf.mask_value: {mask_value!r} is not {ZERO} or {MEAN}.")
        self.mask_value = mask_value
        self.time_warp_window = time_warp_window
        self.freq_mask_width = freq_mask_width
        self.num_freq_mask = num_freq_mask
        self.time_mask_width = time_mask_width
        self.num_time_mask = num_time_mask
        self.time_mask_ratio = time_mask_ratio
        self.prob = prob
        self.start_epoch(seed=0, epoch=0)

    def start_epoch(self, seed: int, epoch: int) -> None:
        """Set the seed and the epoch on which the draws of every utterance depend."""
        self._key = f"{seed} {epoch}"

    def forward(
        self,
        x: torch.Tensor,
        x_lengths: torch.Tensor | None = None,
        utt_id: list[str] | None = None,
    ) -> tuple[torch.Tensor, torch.Tensor | None]:
        """Augment a batch.

        Parameters
        ----------
        x
            Normalised features, ``(batch, frames, features)``.
        x_lengths
            Valid frames, ``(batch,)``; all frames where absent.
        utt_id
            Utterance ids.

        Raises
        ------
        ValueError
            When there are no utterance ids, on which the draws depend.
        """
        if utt_id is None:
            raise ValueError("keyed_specaug draws per utterance: pass utt_id")
        lengths = [x.size(1)] * x.size(0) if x_lengths is None else x_lengths.tolist()
        out = x.clone()
        for row, length, name in zip(out, lengths, utt_id, strict=True):
            self._augment(row[:length], self._generator(name))
        return out, x_lengths

    def _generator(self, name: str) -> np.random.Generator:
        digest = hashlib.blake2b(f"{self._key} {name}".encode(), digest_size=8).digest()
        return np.random.default_rng(int.from_bytes(digest, "little"))

    def _augment(self, frames: torch.Tensor, draw: np.random.Generator) -> None:
        """Change ``(frames, features)`` in place."""
        if draw.random() >= self.prob:
            return
        self._warp(frames, draw)
        length, channels = frames.shape
        value = frames.mean(dim=0) if self.mask_value == MEAN else frames.new_zeros(channels)
        for _ in range(self.num_freq_mask):
            start, end = _span(draw, channels, min(self.freq_mask_width, channels))
            frames[:, start:end] = value[start:end]
        for _ in range(self.num_time_mask):
            widest = min(self.time_mask_width, int(self.time_mask_ratio * length))
            start, end = _span(draw, length, widest)
            frames[start:end] = value

    def _warp(self, frames: torch.Tensor, draw: np.random.Generator) -> None:
        length = len(frames)
        window = self.time_warp_window if length > 2 * self.time_warp_window else length // 4
        if window < 1:
            return
        centre = int(draw.integers(window, length - window))
        moved = centre + int(draw.integers(1 - window, window))
        left, right = frames[:centre], frames[centre:]
        warped = torch.cat([_stretch(left, moved), _stretch(right, length - moved)])
        frames.copy_(warped)


def _span(draw: np.random.Generator, size: int, widest: int) -> tuple[int, int]:
    width = int(draw.integers(0, widest + 1))
    start = int(draw.integers(0, size - width + 1))
    return start, start + width


def _stretch(frames: torch.Tensor, length: int) -> torch.Tensor:
    """Resample ``(frames, features)`` to `length` frames by linear interpolation."""
    as_signal = frames.T.unsqueeze(0)
    stretched = torch.nn.functional.interpolate(as_signal, length, mode="linear")
    return stretched.squeeze(0).T
