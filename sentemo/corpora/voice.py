"""A synthetic voice that needs only pip: espeak-ng from the `espeakng-loader` wheel.

The library's output depends on the sentences before. So each sentence is spoken in a forked process
of its own, and the same call always gives the same samples.
"""

import ctypes
import importlib.metadata
import os
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sentemo.core.errors import SentemoError

if TYPE_CHECKING:
    import numpy as np

# espeak-ng truncates a longer path to its buffer of 160 characters and then finds no voices.
LONGEST_DATA_PATH = 159

# Constants of espeak-ng's speak_lib.h.
AUDIO_OUTPUT_SYNCHRONOUS = 2
INITIALIZE_DONT_EXIT = 0x8000
CHARS_UTF8 = 1
ESPEAK_RATE, ESPEAK_VOLUME, ESPEAK_PITCH, ESPEAK_PITCH_RANGE = 1, 2, 3, 4
SYNTH_CALLBACK = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p
)


def synthesize(
    text: str, voice: str, *, rate: int, pitch: int, pitch_range: int, volume: int
) -> tuple["np.ndarray", int]:
    """Speak one sentence.

    Variants that have a `breath` line in espeak-ng's data (f2, f3, f5, …) sound a little
    different at every call; m1 to m7, f1, f4, linda, belinda and Annie repeat exactly.

    Parameters
    ----------
    text
        The sentence.
    voice
        An espeak-ng language, optionally with a variant: ``de``, ``en-us+m3``.
    rate
        Words per minute, 80 to 450 (espeak-ng's default: 175).
    pitch, pitch_range
        0 to 100 (default: 50).
    volume
        0 to 200 (default: 100; from about 130 on, the loudest samples are clipped).

    Returns
    -------
    samples
        int16 array of shape (samples,).
    sample_rate
        Sampling rate in Hz: 22050.

    Raises
    ------
    SentemoError
        When the voice is not installed, does not exist, or its path is too long.
    """
    import numpy as np

    library, data = _find_library()
    _check_variant(voice, data)
    parameters = {
        ESPEAK_RATE: rate,
        ESPEAK_PITCH: pitch,
        ESPEAK_PITCH_RANGE: pitch_range,
        ESPEAK_VOLUME: volume,
    }
    with ProcessPoolExecutor(1, mp_context=get_context("fork")) as process:
        pcm, sample_rate = process.submit(_speak, library, data, text, voice, parameters).result()
    return np.frombuffer(pcm, dtype=np.int16), sample_rate


def resample_int16(samples: "np.ndarray", sample_rate: int, target_rate: int) -> "np.ndarray":
    """Resample int16 `samples`, shape (samples,), to `target_rate` in Hz."""
    import numpy as np
    from scipy.signal import resample_poly

    from sentemo.data.audio import FULL_SCALE, to_int16

    common = np.gcd(sample_rate, target_rate)
    changed = resample_poly(
        samples.astype(np.float64), target_rate // common, sample_rate // common
    )
    return to_int16(changed / FULL_SCALE)


def voice_version() -> str:
    """Return the version of the installed voice, as other versions speak differently."""
    _find_library()
    return importlib.metadata.version("espeakng-loader")


def _find_library() -> tuple[str, str]:
    try:
        import espeakng_loader
    except ImportError:
        raise SentemoError(
            "espeakng-loader, the voice of the mini corpora, is not installed. "
            "Run tools/install.sh, or `pip install espeakng-loader`."
        ) from None
    data = espeakng_loader.get_data_path()
    length = len(os.fsencode(data))
    if length > LONGEST_DATA_PATH:
        raise SentemoError(
            f"{data}: the path of espeak-ng's data has {length} characters, and espeak-ng reads "
            f"at most {LONGEST_DATA_PATH}. Clone and install in a folder with a shorter path."
        )
    return espeakng_loader.get_library_path(), data


def _check_variant(voice: str, data: str) -> None:
    # espeak-ng itself silently uses its default voice if it does not know a variant.
    _, plus, variant = voice.partition("+")
    if plus and variant not in os.listdir(Path(data) / "voices" / "!v"):
        raise SentemoError(f"voice {voice!r}: espeak-ng has no variant {variant!r}")


def _speak(
    library: str, data: str, text: str, voice: str, parameters: dict[int, int]
) -> tuple[bytes, int]:
    espeak = ctypes.CDLL(library)
    chunks: list[bytes] = []

    @SYNTH_CALLBACK
    def collect(samples: Any, count: int, events: Any) -> int:
        if samples and count > 0:
            chunks.append(ctypes.string_at(samples, 2 * count))
        return 0

    sample_rate = espeak.espeak_Initialize(
        AUDIO_OUTPUT_SYNCHRONOUS, 0, os.fsencode(data), INITIALIZE_DONT_EXIT
    )
    if sample_rate <= 0:
        raise SentemoError(f"{data}: espeak-ng cannot read its data; install it again")
    if espeak.espeak_SetVoiceByName(voice.encode()) != 0:
        raise SentemoError(f"voice {voice!r}: espeak-ng does not know this language")
    for parameter, value in parameters.items():
        espeak.espeak_SetParameter(parameter, value, 0)
    espeak.espeak_SetSynthCallback(collect)
    encoded = text.encode()
    size = ctypes.c_size_t(len(encoded) + 1)
    espeak.espeak_Synth(encoded, size, 0, 0, 0, CHARS_UTF8, None, None)
    espeak.espeak_Synchronize()
    return b"".join(chunks), sample_rate
