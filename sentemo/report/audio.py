"""Utterances as sound within a page: MP3, which every browser plays."""

import base64
import io

import soundfile

from sentemo.data.audio import read_audio
from sentemo.data.kaldi import Utterance

RATE = 16000  # Hz: of what the models hear
COMPRESSION = 0.7  # of 0 to 1: small, and voices stay what they are


def data_uri(utt: Utterance) -> str:
    """Return an utterance's sound as a ``data:`` address, about 6 kB for each second.

    Raises
    ------
    SentemoError
        When its audio cannot be read.
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
