"""The corpora that can be prepared: where each one's files lie, and which function parses them."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sentemo.corpora import (
    emodb,
    iemocap,
    librispeech,
    msp_podcast,
    nemo,
    speechocean762,
    swbd_affect,
    swbd_sentiment,
)
from sentemo.data.preparation import ParsedCorpus


@dataclass(frozen=True)
class CorpusParser:
    """Parser of one corpus.

    Attributes
    ----------
    description
        One line for the help.
    options
        Names of the options that `parse` takes as keywords, `labels` as a list of classes.
    sources
        Function that lists the files and folders that are read, from those options that its
        parameters name.
    parse
        Function that reads the corpus, from all `options`.
    checked
        Further options, which only the check of the data directory reads.
    """

    description: str
    options: tuple[str, ...]
    sources: Callable[..., list[Path]]
    parse: Callable[..., ParsedCorpus]
    checked: tuple[str, ...] = ()


PARSERS = {
    "emodb": CorpusParser(
        "Berlin emotional speech",
        ("corpus_dir", "labels", "allow_partial"),
        emodb.find_sources,
        emodb.parse_emodb,
    ),
    "iemocap": CorpusParser(
        "IEMOCAP, acted dialogues",
        ("corpus_dir", "labels", "target", "subset", "allow_partial"),
        iemocap.find_sources,
        iemocap.parse_iemocap,
    ),
    "librispeech": CorpusParser(
        "LibriSpeech, read speech",
        ("corpus_dir", "parts", "allow_partial"),
        librispeech.find_sources,
        librispeech.parse_librispeech,
    ),
    "msp_podcast": CorpusParser(
        "MSP-Podcast, spontaneous speech",
        ("corpus_dir", "labels", "target", "release", "allow_partial"),
        msp_podcast.find_sources,
        msp_podcast.parse_msp_podcast,
    ),
    "nemo": CorpusParser(
        "nEMO, acted emotions in Polish",
        ("corpus_dir", "labels", "allow_partial"),
        nemo.find_sources,
        nemo.parse_nemo,
    ),
    "speechocean762": CorpusParser(
        "speechocean762, read by Mandarin speakers",
        ("corpus_dir", "allow_partial"),
        speechocean762.find_sources,
        speechocean762.parse_speechocean762,
    ),
    "swbd_affect": CorpusParser(
        "Switchboard with emotion labels",
        ("swbd_dir", "affect_dir", "labels", "target", "columns", "allow_partial"),
        swbd_affect.find_sources,
        swbd_affect.parse_swbd_affect,
    ),
    "swbd_sentiment": CorpusParser(
        "Switchboard with sentiment labels",
        ("swbd_dir", "sentiment_dir", "split", "allow_partial"),
        swbd_sentiment.find_sources,
        swbd_sentiment.parse_swbd_sentiment,
        checked=("labels",),
    ),
}
