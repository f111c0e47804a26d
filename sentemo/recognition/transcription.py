"""Transcripts of a whole data directory, for a model that reads words."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from sentemo.core.markers import Marker
from sentemo.data.features import FEATS_JSON, check_source, read_feature_dir
from sentemo.data.kaldi import Utterance, read_data_dir
from sentemo.data.tables import write_table
from sentemo.launch.records import LOG_DIR
from sentemo.launch.resources import Resources
from sentemo.recognition.recogniser import Recogniser, decoder_name
from sentemo.scoring.transcripts import error_counts
from sentemo.upstreams import Upstream


def transcribe(asr_model: str, data: Path, dump: Path, dest: Path, resources: Resources) -> None:
    """Recognise every utterance, unless that is done, and print CER and WER where these are known.

    Parameters
    ----------
    asr_model
        Recogniser: its experiment, one of its weights files, or a packed zip.
    data, dump
        Data directory, and its features of the type that the model reads.
    dest
        Folder that receives the table ``text``.
    """
    asr, text = Upstream(asr_model, "--asr_model"), dest / "text"
    decoder = decoder_name(asr)
    options = {"asr_model": asr.fingerprint}
    marker = Marker(dest / ".done.transcribe.json", [dump / FEATS_JSON], options, text)
    if marker.is_current():
        print(f"{text}: up to date")
        return
    utterances = read_data_dir(data)
    check_source(dump, utterances)
    features = read_feature_dir(dump)
    print(f"{text}: {len(utterances)} utterances, greedy {decoder}", flush=True)
    workers = resources.training_workers(dest / LOG_DIR, "transcribe")
    ids, log = [utt.id for utt in utterances], dest / "transcribe.log"
    recognised = Recogniser(asr, features, log, resources.ngpu).transcribe(ids, workers)
    words = {utt: " ".join(found.split()) for utt, found in recognised.items()}
    write_table(text, words, may_be_empty=True)
    marker.write()
    print(f"{text}: {sum(not found for found in words.values())} without a word")
    print(f"{text}: {_error_rates(utterances, words)}")


def _error_rates(utterances: Sequence[Utterance], words: Mapping[str, str]) -> str:
    """Say how far the words are from the corpus' own transcripts, where it has them."""
    spoken = {utt.id: utt.text for utt in utterances if utt.text}
    if not spoken:
        return "the data directory has no text to compare with"
    counts = error_counts(list(spoken.values()), [words[utt] for utt in spoken])
    cer, wer = (100 * errors / units for errors, units in (counts["cer"], counts["wer"]))
    return (
        f"CER {cer:.1f} %, WER {wer:.1f} % on the {len(spoken)} with a reference, which are "
        "compared as they are written"
    )
