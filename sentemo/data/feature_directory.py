"""A feature directory of a whole data directory."""

from pathlib import Path

from sentemo.core.markers import Marker
from sentemo.data.audio import audio_fingerprint
from sentemo.data.extraction import extract
from sentemo.data.features import FEATS_JSON, UTT_STATS, feature_dim, raw_rate
from sentemo.data.kaldi import read_data_dir
from sentemo.launch.records import LOG_DIR
from sentemo.launch.resources import Resources


def extract_features(
    data: Path,
    dest: Path,
    resources: Resources,
    feature_type: str = "fbank80",
    convert_audio: bool = False,
) -> None:
    """Write the features of a data directory, unless that is done already.

    Parameters
    ----------
    dest
        Feature directory to write.
    feature_type
        As of `sentemo.data.features.feature_dim`.
    convert_audio
        Whether to resample and downmix audio that is not mono at the type's rate.

    Raises
    ------
    SentemoError
        When the type is unknown, or for audio that cannot be read.
    """
    feature_dim(feature_type)  # a misspelt type fails before anything is read
    utterances = read_data_dir(data)
    tables = ("wav.scp", "segments", "reco2file_and_channel")
    inputs = [data / name for name in tables if (data / name).is_file()]
    options = {
        "feature_type": feature_type,
        "convert_audio": convert_audio,
        "audio": audio_fingerprint(utt.audio for utt in utterances),
    }
    output = dest / (UTT_STATS if raw_rate(feature_type) is None else FEATS_JSON)
    marker = Marker(dest / ".done.json", inputs, options, output)
    if marker.is_current():
        print(f"{dest}: up to date")
        return
    workers = resources.workers("array", dest.parent / LOG_DIR, f"features_{dest.name}")
    summary = extract(utterances, dest, feature_type, workers, convert_audio)
    marker.write()
    for note in summary["notes"]:
        print(f"{dest}: {note}")
    print(f"{dest}: {feature_type} of {summary['utterances']} utterances, {summary['hours']:.2f} h")
