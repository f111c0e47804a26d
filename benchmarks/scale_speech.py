"""Look-alike speech through the stages, from a list of recordings to the page of the results."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

from upstream_states import CONF, LONGEST, SHORTEST, SPEAKERS, make_speech

from sentemo.core.config import changed, read_config, write_config

MEAN = (SHORTEST + LONGEST) / 2  # seconds of an utterance
LAYER = 2  # the last of the small encoder, which the decoder reads
SMALL = {
    "num_mel_bins": 80,
    "d_model": 128,
    "encoder_layers": LAYER,
    "encoder_attention_heads": 2,
    "encoder_ffn_dim": 512,
}


def speech(work: Path, hours: float) -> Iterator[str]:
    """Take noise with the rhythm of syllables through the stages; yield each when it is done.

    One speaker of ten is tested, and one validates.
    """
    from sentemo.data.extraction import extract
    from sentemo.data.fold_files import write_folds
    from sentemo.data.kaldi import read_data_dir
    from sentemo.data.listed_recordings import ListedRecordings
    from sentemo.data.splits import leave_one_speaker_out
    from sentemo.data.target_files import LABELS
    from sentemo.experiment.ser import SERExperiment
    from sentemo.launch.resources import Resources
    from sentemo.launch.workers import InThisProcess
    from sentemo.report.report_file import write_report
    from sentemo.report.results_file import write_results
    from sentemo.states.keeping import keep_states

    write_list(work, hours)
    encoder = write_small_whisper(work / "small")
    yield "the speech itself"
    data, dump = work / "data" / "all", work / "dump" / "raw" / "all"
    ListedRecordings(work / "list.csv").write(data)
    folds = leave_one_speaker_out(SPEAKERS)[:1]
    write_folds(data.with_name("folds.tsv"), folds, "One speaker is tested")
    yield "data: a list of recordings"
    utterances = read_data_dir(data)
    fbank = work / "dump" / "fbank80" / "all"
    extract(utterances, fbank, "fbank80", InThisProcess())
    yield "feats: fbank80"
    shutil.rmtree(fbank)  # nothing reads it
    extract(utterances, dump, "raw", InThisProcess())
    yield "feats: raw audio"
    shutil.rmtree(work / "wav")  # nothing hears it again
    experiment = SERExperiment(
        directory=work / "exp" / "ser_scale",
        config=write_config(one_epoch(), work / "scale.yaml"),
        data=data,
        dump=dump,
        folds=data.with_name("folds.tsv"),
        labels=data.with_name(LABELS),
        upstream=str(encoder),
        resources=Resources(nj=1),
    )
    keep_states(experiment.states_requests()[0], [str(LAYER)])
    yield "states: a Whisper of two layers of 128"
    experiment.train()
    yield "train: an epoch of one fold"
    experiment.decode()
    yield "decode: a tenth of the speech"
    experiment.score()
    write_results(work)
    yield "score: a tenth of the speech"
    write_report(experiment.directory, data)
    yield "report: a tenth of the speech"


def encoders(work: Path, hours: float) -> Iterator[str]:
    """Keep the states of the upstream that ships, whose cost grows with speech alone."""
    from sentemo.data.extraction import extract
    from sentemo.data.features import read_feature_dir
    from sentemo.launch.workers import InThisProcess
    from sentemo.states.keeping import keep_states
    from sentemo.states.shards import StatesRequest

    extract(make_speech(work, each(hours)), work / "raw", "raw", InThisProcess())
    request = StatesRequest("built-in", "", read_feature_dir(work / "raw"), work / "states")
    yield "the speech itself"
    keep_states(request, [])
    yield "states: four layers of Whisper base, pooled"


def each(hours: float) -> int:
    """Return the utterances of each speaker in so many hours."""
    return max(1, round(hours * 3600 / MEAN / len(SPEAKERS)))


def write_list(work: Path, hours: float) -> None:
    """Write the speech, and a list of it as a user has one."""
    (work / "wav").mkdir()
    spoken = make_speech(work / "wav", each(hours))
    rows = [f"{utt.audio},{utt.label},{utt.speaker}" for utt in spoken]
    (work / "list.csv").write_text("\n".join(["file,label,speaker", *rows]), encoding="utf-8")


def one_epoch() -> dict:
    """Return the settings of a training on kept states, of one epoch."""
    settings = read_config(CONF / "train_ser_layer.yaml")
    return changed(settings, {"max_epoch": 1, "model_conf": {"encoder_layer": LAYER}})


def write_small_whisper(folder: Path) -> Path:
    """Write an encoder of random weights as a directory of Hugging Face, and return it."""
    import torch
    from safetensors.torch import save_file

    from sentemo.modules.encoders.whisper import WhisperEncoder

    folder.mkdir()
    described = {"model_type": "whisper", **SMALL}
    (folder / "config.json").write_text(json.dumps(described), encoding="utf-8")
    torch.manual_seed(0)
    size, units = SMALL["d_model"], SMALL["encoder_ffn_dim"]
    heads = SMALL["encoder_attention_heads"]
    encoder = WhisperEncoder(80, size, num_layers=LAYER, heads=heads, units=units)
    weights = {f"model.encoder.{key}": value for key, value in encoder.state_dict().items()}
    save_file(weights, folder / "model.safetensors")
    return folder
