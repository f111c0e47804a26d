"""The scores of a recogniser's transcripts: CER and WER, and files in the style of sclite."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sentemo.core.errors import SentemoError
from sentemo.core.markdown import coefficient, percent
from sentemo.core.markers import Marker
from sentemo.core.version import __version__
from sentemo.data.tokens import SPACE, characters_of
from sentemo.scoring.alignment import write_pra
from sentemo.scoring.predictions import read_predictions
from sentemo.scoring.scores_file import write_scores
from sentemo.scoring.sentiment import score_sentiment
from sentemo.scoring.speech import score_transcripts
from sentemo.scoring.transcripts import Transcripts, read_transcripts, write_trn


def score_asr(directory: Path, decoded_set: str) -> None:
    """Write `scores.json`, unless it is that of these very transcripts.

    Where an SA2SR model predicted the sentiment, that is scored against the proxy labels.

    Parameters
    ----------
    directory
        Experiment directory.
    decoded_set
        Name of the decoded set, for example ``test``.

    Raises
    ------
    SentemoError
        When the experiment is not trained, or the set is not decoded.
    """
    decoded = directory / f"decode_{decoded_set}"
    transcripts = read_transcripts(decoded)
    described = directory / "experiment.json"
    if not described.is_file():
        raise SentemoError(f"{described} is missing. Run the train stage first.")
    inputs = [described, *(decoded / name for name in ("ref.tsv", "hyp.tsv", "decoding.json"))]
    sentiment = directory / f"sentiment_{decoded_set}.tsv"
    inputs += [sentiment] if sentiment.exists() else []
    options = {"set": decoded_set, "sentemo": __version__}
    marker = Marker(directory / ".done.score.json", inputs, options, decoded / "wer.pra")
    if (directory / "scores.json").is_file() and marker.is_current():
        print(f"{directory}/scores.json: up to date")
        return

    _write_sclite_files(decoded, transcripts)
    scores = {"set": decoded_set, **score_transcripts(transcripts)}
    if sentiment.exists():
        cer = scores["test"]["cer"]["pooled"]
        scores["proxy_sentiment"] = score_sentiment(*read_predictions(sentiment), cer)
    write_scores(directory, "asr", scores)
    marker.write()
    cer, wer = (100 * scores["test"][name]["pooled"] for name in ("cer", "wer"))
    print(
        f"{directory}: CER {cer:.1f} %, WER {wer:.1f} % on {decoded_set} "
        f"({len(transcripts.references)} utterances, {transcripts.hours:.2f} h)"
    )
    if "proxy_sentiment" in scores:
        print(f"{directory}: {_sentiment_line(scores['proxy_sentiment'])}")


def _write_sclite_files(folder: Path, transcripts: Transcripts) -> None:
    """Write what NIST's sclite reads (``.trn``), and alignments in its layout (``.pra``)."""
    references, hypotheses = transcripts.references, transcripts.hypotheses
    write_trn(folder / "ref.trn", references)
    write_trn(folder / "hyp.trn", hypotheses)
    write_pra(folder / "cer.pra", references, hypotheses, _characters)
    write_pra(folder / "wer.pra", references, hypotheses, lambda text: text.split())


def _characters(text: str) -> list[str]:
    return [SPACE if character == " " else character for character in characters_of(text)]


def _sentiment_line(scored: Mapping[str, Any]) -> str:
    """Return the scores of `score_sentiment` in one line."""
    return (
        f"sentiment: weighted recall {percent(scored['wa']['pooled'])} %, AUC "
        f"{coefficient(scored['auc'])}, M = CER - AUC {coefficient(scored['cer_minus_auc'])} "
        f"({sum(scored['counts'].values())} utterances)"
    )
