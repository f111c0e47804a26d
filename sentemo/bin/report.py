"""Write report.html: an experiment as one page, with its utterances to look through.

Usage:
  python -m sentemo.bin.report --exp exp/ser_scratch --data data/all
  python -m sentemo.bin.report --exp exp/ser_scratch --data data/all --audio true
"""

import argparse
from pathlib import Path

import sentemo
from sentemo.bin.options import true_or_false
from sentemo.core.errors import Problems, SentemoError, run_command
from sentemo.core.files import atomic_file
from sentemo.core.markers import Marker
from sentemo.data.audio import audio_fingerprint
from sentemo.data.kaldi import read_data_dir
from sentemo.report.content import ReportContent, read_report_content, source_files

HEAVY = 50e6  # bytes: what a browser takes seconds to open
SHOWN_TABLES = ("wav.scp", "segments", "reco2file_and_channel", "text")


def main(argv: list[str] | None = None) -> None:
    """Write the page, unless it is that of these very predictions."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], allow_abbrev=False)
    parser.add_argument("--exp", type=Path, required=True, help="scored experiment directory")
    parser.add_argument("--data", type=Path, required=True, help="its data directory")
    parser.add_argument(
        "--audio",
        type=true_or_false,
        default=False,
        help="embed the utterances' sound, about 6 kB for each second (default: false)",
    )
    args = parser.parse_args(argv)
    if not (args.data / "wav.scp").is_file():
        raise SentemoError(f"{args.data}: no data directory. Run the data stage first.")
    path = args.exp / "report.html"
    inputs = source_files(args.exp)
    inputs += [args.data / name for name in SHOWN_TABLES if (args.data / name).is_file()]
    files = [utt.audio for utt in read_data_dir(args.data)] if args.audio else []
    options = {"audio": args.audio and audio_fingerprint(files), "sentemo": sentemo.__version__}
    marker = Marker(args.exp / ".done.report.json", inputs, options, path)
    if marker.is_current():
        print(f"{path}: up to date")
        return
    content = read_report_content(args.exp, args.data)
    if args.audio:
        _add_audio(content)
    from sentemo.report.page import render_page

    with atomic_file(path) as stream:
        stream.write(render_page(content))
    marker.write()
    size = path.stat().st_size
    print(f"{path}: {len(content.entries)} utterances, {size / 1e6:.1f} MB")
    if size > HEAVY:
        print(f"warning: {path} is large for a browser; --audio false leaves the sound out")


def _add_audio(content: ReportContent) -> None:
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


if __name__ == "__main__":
    run_command(main)
