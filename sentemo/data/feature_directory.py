"""Writing the feature directory of a whole data directory."""

from pathlib import Path

from sentemo.core.markers import Marker
from sentemo.data.audio import audio_fingerprint
from sentemo.data.extraction import extract
from sentemo.data.features import FEATS_JSON, UTT_STATS, feature_dim, find_damage, raw_rate
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
    """Write the features of a data directory, unless that is done already and undamaged.

    Parameters
    ----------
    data
        Data directory.
    dest
        Feature directory to write.
    resources
        Resources of the extraction; they do not change the result.
    feature_type
        A feature type, see `sentemo.data.features.feature_dim`.
    convert_audio
        Resample and downmix audio that is not mono at the type's rate, instead of refusing it.

    Raises
    ------
    SentemoError
        When the type is unknown, or audio cannot be read.
    """
    feature_dim(feature_type)  # an unknown type is an error before any work
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
        damage = find_damage(dest)
        if not damage:
            print(f"{dest}: up to date")
            return
        print(f"{damage} The features are made again.")
    workers = resources.workers("array", dest.parent / LOG_DIR, f"features_{dest.name}")
    summary = extract(utterances, dest, feature_type, workers, convert_audio)
    marker.write()
    for note in summary["notes"]:
        print(f"{dest}: {note}")
    print(f"{dest}: {feature_type} of {summary['utterances']} utterances, {summary['hours']:.2f} h")
