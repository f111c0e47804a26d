"""Files whose samples are on another scale, or whose channels leave nothing."""

from collections.abc import Iterator

import numpy as np

from hostile.audio_files import FRAMES, as_floats, file_case, sound, wav, with_one, written
from hostile.case import Case


def wrong_samples() -> Iterator[Case]:
    """Make files whose samples are on another scale, or whose channels leave nothing."""
    audio = sound()
    on_scale = {"16-bit": audio * 32768, "24-bit": audio * 2**23, "32-bit": audio * 2**31}
    for name, samples in on_scale.items():
        yield file_case(
            f"floats on the {name} scale", "x.wav", as_floats(samples), "a peak of .*32768"
        )
        stereo = np.repeat(samples, 2, axis=1)
        yield file_case(
            f"the same in two channels ({name})", "x.wav", as_floats(stereo), "a peak of"
        )
    yield file_case(
        "floats of 64 bits on the 16-bit scale", "x.wav", as_floats(audio * 32768, 64), "peak"
    )
    yield file_case(
        "the same in AIFC", "x.aifc", written("AIFC in floats", audio * 32768), "a peak of"
    )
    for peak in (1.05, 1.9, 3.5):
        loud = audio * peak / np.abs(audio).max()
        yield file_case(f"a peak of {peak}, of a loud mix", "x.wav", as_floats(loud), FRAMES)
    for odd, answer in ((1e30, "a peak of 1e"), (-200.0, "a peak of 200"), (np.nan, "NaN")):
        yield file_case(f"a lone {odd:g}", "x.wav", as_floats(with_one(audio, odd)), answer)
    for odd in (np.inf, -np.inf):
        yield file_case(f"a lone {odd:g}", "x.wav", as_floats(with_one(audio, odd)), "infinite")
    smooth = np.cumsum(audio - audio.mean(), axis=0)
    smooth *= 0.3 / np.abs(smooth).max()
    pcm = (smooth[:, 0] * 32767).astype(np.int16)
    yield file_case("smooth sound", "x.wav", wav(pcm.astype("<i2").tobytes()), FRAMES)
    yield file_case("its bytes swapped", "x.wav", wav(pcm.astype(">i2").tobytes()), "other order")
    noise = (audio[:, 0] * 32767).astype(">i2").tobytes()
    yield file_case("noise, its bytes swapped, is noise", "x.wav", wav(noise), FRAMES)
    yield from _channels(audio)


def _channels(audio: np.ndarray) -> Iterator[Case]:
    cancel = "channels cancel each other"
    other = np.random.default_rng(2).uniform(-0.3, 0.3, audio.shape)
    for name, second, answer in (
        ("the same", audio, FRAMES),
        ("another sound", other, FRAMES),
        ("silent", 0 * audio, FRAMES),
        ("a third of it in the other polarity", -audio / 3, FRAMES),
        ("in the other polarity", -audio, cancel),
        ("in the other polarity, a little louder", -1.05 * audio, cancel),
        ("in the other polarity, with noise", -audio + 0.05 * other, cancel),
    ):
        content = written("wav", np.concatenate([audio, second], axis=1))
        yield file_case(f"second channel: {name}", "x.wav", content, answer)
    pairs = written("wav", np.concatenate([audio, -audio, other, -other], axis=1))
    yield file_case("four channels that cancel in pairs", "x.wav", pairs, cancel)
