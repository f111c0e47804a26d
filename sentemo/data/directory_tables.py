"""Utterances as the tables of a data directory, which `sentemo.data.kaldi` reads."""

import os
from collections import defaultdict
from collections.abc import Mapping, Sequence

from sentemo.data import distributions
from sentemo.data.distributions import format_distribution
from sentemo.data.kaldi import CHANNELS, Utterance


def directory_tables(
    utterances: Sequence[Utterance], durations: Mapping[str, float], levels: Mapping[str, float]
) -> dict[str, dict[str, str]]:
    """Return the tables of utterances by file name; those without a value may be empty.

    Parameters
    ----------
    durations
        Seconds of each utterance.
    levels
        Level of each utterance in dB under full scale, see `sentemo.data.audio.sound_level`.
    """
    of_speaker = defaultdict(list)
    for utt in sorted(utterances, key=lambda u: u.id):
        of_speaker[utt.speaker].append(utt.id)
    return {
        "wav.scp": {u.recording or u.id: os.path.abspath(u.audio) for u in utterances},
        "segments": {
            u.id: f"{u.recording} {u.start:.6f} {u.end:.6f}"
            for u in utterances
            if u.recording is not None
        },
        "reco2file_and_channel": {
            u.recording or u.id: f"{'_'.join(u.audio.stem.split())} {CHANNELS[u.channel]}"
            for u in utterances
            if u.channel is not None
        },
        "utt2spk": {u.id: u.speaker for u in utterances},
        "spk2utt": {speaker: " ".join(ids) for speaker, ids in of_speaker.items()},
        "utt2dur": {u: f"{seconds:.4f}" for u, seconds in durations.items()},
        "utt2level": {u: f"{level:.2f}" for u, level in levels.items()},
        "utt2label": {u.id: u.label for u in utterances if u.label is not None},
        "utt2avd": {
            u.id: " ".join(f"{value:.4f}" for value in u.avd)
            for u in utterances
            if u.avd is not None
        },
        distributions.TABLE: {
            u.id: format_distribution(u.distribution)
            for u in utterances
            if u.distribution is not None
        },
        "utt2split": {u.id: u.split for u in utterances if u.split is not None},
        "utt2uniq": {u.id: u.original for u in utterances if u.original is not None},
        "utt2corpus": {u.id: u.corpus for u in utterances if u.corpus is not None},
        "text": {u.id: u.text for u in utterances if u.text is not None},
    }
