"""Digests of recordings' samples, by which copies are found under any name and in any format."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sentemo.core.errors import SentemoError
from sentemo.data.audio import BAR_DELAY, READER_THREADS, read_audio, read_header, samples_digest
from sentemo.data.split_lists.entries import ListedUtterance

Part = tuple[Path, tuple[int | None, float | None, float | None]]


def content_digests(
    utterances: Iterable[ListedUtterance],
) -> tuple[dict[Part, str], dict[Part, SentemoError]]:
    """Read all recordings that were found.

    Returns
    -------
    digests
        By file and part: of the samples as 16-bit integers, at the file's own rate.
    unreadable
        Why a recording could not be read.
    """
    from tqdm import tqdm

    parts = list(dict.fromkeys((utt.audio, utt.part) for utt in utterances if utt.audio))
    digests, unreadable = {}, {}
    with ThreadPoolExecutor(READER_THREADS) as pool:
        found = pool.map(_digest, parts)
        bar = tqdm(found, "recordings", len(parts), unit="file", delay=BAR_DELAY)
        for part, digest in zip(parts, bar, strict=True):
            if isinstance(digest, SentemoError):
                unreadable[part] = digest
            else:
                digests[part] = digest
    return digests, unreadable


def _digest(part: Part) -> str | SentemoError:
    path, (channel, start, end) = part
    try:
        header = read_header(path)
        read = channel if header.channels > 1 and channel in range(header.channels) else None
        samples = read_audio(path, header.rate, convert=True, start=start, end=end, channel=read)
    except SentemoError as error:
        return error
    return samples_digest(samples)
