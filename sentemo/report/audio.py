"""Utterances as sound within a page, in MP3, which every browser plays."""

import base64
import io

import soundfile

from sentemo.data.audio import read_audio
from sentemo.data.kaldi import Utterance

RATE = 16000  # Hz, the rate that the models hear
COMPRESSION = 0.7  # from 0 to 1: the files are small, and voices stay natural


def data_uri(utt: Utterance) -> str:
    """Return an utterance's sound as a ``data:`` address, about 6 kB for each second.

    Raises
    ------
    SentemoError
        When the audio cannot be read.
    """
    samples = read_audio(utt.audio, RATE, True, utt.start, utt.end, utt.channel)
    encoded = io.BytesIO()
    soundfile.write(
        *(encoded, samples, RATE),
        format="MP3",
        subtype="MPEG_LAYER_III",
        compression_level=COMPRESSION,
        bitrate_mode="VARIABLE",
    )
    return "data:audio/mpeg;base64," + base64.b64encode(encoded.getvalue()).decode("ascii")
