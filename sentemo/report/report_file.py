"""The stage `report`: an experiment's report.html, written again only when its sources changed."""

from pathlib import Path

from sentemo.core.errors import Problems, SentemoError
from sentemo.core.files import atomic_file
from sentemo.core.markers import Marker
from sentemo.core.version import __version__
from sentemo.data.audio import audio_fingerprint
from sentemo.data.kaldi import read_data_dir
from sentemo.report.content import ReportContent, read_report_content, source_files

HEAVY = 50e6  # bytes: what a browser takes seconds to open
SHOWN_TABLES = ("wav.scp", "segments", "reco2file_and_channel", "text")


def write_report(exp: Path, data: Path, audio: bool = False) -> None:
    """Write the page of an experiment, unless it is that of these very predictions.

    Parameters
    ----------
    exp
        Scored experiment directory, which gets ``report.html``.
    data
        Data directory of the experiment.
    audio
        Embed the utterances' sound.

    Raises
    ------
    SentemoError
        When there is no data directory, nothing is scored, or audio cannot be read.
    """
    if not (data / "wav.scp").is_file():
        raise SentemoError(f"{data}: no data directory. Run the data stage first.")
    path = exp / "report.html"
    marker = _marker(path, data, audio)
    if marker.is_current():
        print(f"{path}: up to date")
        return
    content = read_report_content(exp, data)
    if audio:
        _add_audio(content)
    from sentemo.report.page import render_page

    with atomic_file(path) as stream:
        stream.write(render_page(content))
    marker.write()
    size = path.stat().st_size
    print(f"{path}: {len(content.entries)} utterances, {size / 1e6:.1f} MB")
    if size > HEAVY:
        print(f"warning: {path} is large for a browser; --audio false leaves the sound out")


def _marker(path: Path, data: Path, audio: bool) -> Marker:
    inputs = source_files(path.parent)
    inputs += [data / name for name in SHOWN_TABLES if (data / name).is_file()]
    files = [utt.audio for utt in read_data_dir(data)] if audio else []
    options = {"audio": audio and audio_fingerprint(files), "sentemo": __version__}
    return Marker(path.with_name(".done.report.json"), inputs, options, path)


def _add_audio(content: ReportContent) -> None:
    """Add every utterance's sound to its entry.

    Raises
    ------
    SentemoError
        When audio files cannot be read, counting all of them.
    """
    from tqdm import tqdm

    from sentemo.report.audio import data_uri

    problems = Problems("--audio true")
    pairs = list(zip(content.entries, content.utterances, strict=True))
    for entry, utt in tqdm(pairs, "audio", unit="utterance"):
        try:
            entry["audio"] = data_uri(utt)
        except SentemoError as error:
            problems.add("audio", utt.id, str(error))
    problems.raise_if_any("Repair these audio files, or leave the sound out: --audio false.")
