"""What ESPnet trained and packed, taken over for emotion recognition: that encoder and no other."""

import shutil
import sys
from dataclasses import replace

import pytest
import soundfile
import torch
import yaml
from espnet2.bin import pack
from espnet2.main_funcs.pack_funcs import unpack
from espnet2.tasks.asr import ASRTask

from sentemo.core import checkpoint
from sentemo.core.best_epoch import best_weights
from sentemo.core.errors import SentemoError
from sentemo.core.markers import TRAINED_MARKER
from sentemo.data.extraction import extract
from sentemo.data.features import read_feature_dir
from sentemo.folds.separate import predict_side, train_on_fold
from sentemo.recognition.training import ASRTraining, train_asr
from sentemo.tasks.ser import SERTask
from sentemo.upstreams import Upstream

SIZES = (8000, 12800, 9600)


@pytest.fixture(scope="session")
def archive(recipe):
    """The conformer as ESPnet's own packer packs it, from the recipe's folder."""
    options = {
        "--outpath": "packed.zip",
        "--asr_train_config": "exp/asr_conformer/config.yaml",
        "--asr_model_file": "exp/asr_conformer/valid.acc.ave.pth",
        "--option": "exp/asr_stats/train/feats_stats.npz",
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(recipe)
        pack.main(["asr", *(word for option in options.items() for word in option)])
    return recipe / "packed.zip"


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "sentemo" / "asr_models"


def espnets_model(recipe, name, weights):
    """The model as ESPnet's own tools open it, from the recipe's folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(recipe)
        model, _ = ASRTask.build_model_from_file(f"exp/{name}/config.yaml", f"exp/{name}/{weights}")
    return model.eval()


def our_model(job):
    weights = best_weights(job.exp, [["valid", "loss", "min"]])
    model, _ = SERTask.build_model_from_file(str(job.exp / "config.yaml"))
    model.load_state_dict(checkpoint.load_weights(weights))
    return model.eval()


def assert_same_states(ours, theirs):
    """In a batch of ours, what ESPnet's model makes of each utterance alone."""
    torch.manual_seed(0)
    speech, sizes = 0.1 * torch.randn(3, max(SIZES)), torch.tensor(SIZES)
    states, lengths = ours.encode(speech, sizes)
    for row, size in enumerate(sizes):
        expected, length = theirs.encode(speech[row : row + 1, :size], size[None])
        assert torch.equal(states[row : row + 1, : lengths[row]], expected)
        assert lengths[row] == length


def test_a_directory_of_espnet_trains_a_whole_fold_and_stays_bit_for_bit(recipe, make_job):
    job = make_job(recipe / "exp" / "asr_conformer")
    train_on_fold(job)
    assert len(predict_side(job, "test")) == 4
    theirs = espnets_model(recipe, "asr_conformer", "valid.acc.ave.pth")
    assert_same_states(our_model(job), theirs)


def test_a_zip_of_espnets_packer_gives_the_same_states(archive, cache, recipe, make_job):
    job = make_job(archive)
    train_on_fold(job)
    theirs = espnets_model(recipe, "asr_conformer", "valid.acc.ave.pth")
    assert_same_states(our_model(job), theirs)
    assert [path.suffix for path in sorted(cache.iterdir())] == ["", ".lock"]


def test_what_espnet_unpacked_is_taken_over_from_wherever_it_went(
    archive, recipe, make_job, tmp_path
):
    unpack(archive, tmp_path / "downloads")  # into whose configuration it writes this folder
    (tmp_path / "downloads").rename(tmp_path / "moved")
    upstream = Upstream(tmp_path / "moved")
    assert upstream.weights_file.name == "valid.acc.ave_2best.pth"
    job = make_job(tmp_path / "moved")
    train_on_fold(job)
    theirs = espnets_model(recipe, "asr_conformer", "valid.acc.ave.pth")
    assert_same_states(our_model(job), theirs)


def test_a_transducer_needs_none_of_its_decoders_packages(recipe, make_job, monkeypatch, shim):
    job = make_job(recipe / "exp" / "asr_transducer")
    train_on_fold(job)
    ours = our_model(job)
    assert len(predict_side(job, "test")) == 4
    assert "warprnnt_pytorch" not in sys.modules
    monkeypatch.syspath_prepend(str(shim))
    theirs = espnets_model(recipe, "asr_transducer", "valid.loss.best.pth")
    assert_same_states(ours, theirs)


def test_the_experiment_needs_the_checkpoint_no_more(recipe, make_job, tmp_path):
    copy = tmp_path / "moved recipe"
    shutil.copytree(recipe, copy, symlinks=True)
    job = make_job(copy / "exp" / "asr_conformer")
    train_on_fold(job)
    shutil.rmtree(copy)
    assert len(predict_side(job, "test")) == 4
    config = yaml.safe_load((job.exp / "config.yaml").read_text())
    assert config.pop("inherited_from") == str(copy / "exp" / "asr_conformer")
    assert "moved recipe" not in str(config)


def test_a_recogniser_trained_here_on_audio_is_taken_over(make_job, utterances, raw, tmp_path):
    config = {
        **{"model": "ctc", "decoder": None, "decoder_conf": {}, "model_conf": {}},
        **{"frontend": "default", "frontend_conf": {"n_mels": 8, "hop_length": 160}},
        **{"normalize": "masked_utterance_mvn", "normalize_conf": {"norm_vars": True}},
        **{"encoder": "blstm", "encoder_conf": {"num_layers": 1, "units": 4}},
        **{"best_model_criterion": [["valid", "cer", "min"]], "max_epoch": 1},
    }
    asr = make_job(None, "asr", **config)
    del asr.settings["asr_model"]
    notes = train_asr(ASRTraining(asr.config, utterances, asr.fold, raw, asr.exp, asr.settings))
    assert notes == []
    (asr.exp / TRAINED_MARKER).write_text("{}")
    job = make_job(asr.exp)
    train_on_fold(job)
    assert len(predict_side(job, "test")) == 4


def test_statistics_that_stayed_behind_are_asked_for(recipe, make_job, tmp_path):
    shutil.copytree(recipe / "exp" / "asr_conformer", tmp_path / "asr", symlinks=True)
    with pytest.raises(SentemoError, match=r"feats_stats\.npz, are not there\. Copy them beside"):
        train_on_fold(make_job(tmp_path / "asr"))
    shutil.copy(recipe / "exp" / "asr_stats" / "train" / "feats_stats.npz", tmp_path / "asr")
    train_on_fold(make_job(tmp_path / "asr"))


def test_what_the_encoder_was_not_trained_on_is_refused(recipe, make_job, raw):
    for other in ("fbank80", "raw8000"):
        features = replace(raw, feature_type=other)
        with pytest.raises(SentemoError, match=f"trained on raw features, these are {other}"):
            train_on_fold(make_job(recipe / "exp" / "asr_conformer", features=features))


def test_utterances_too_short_for_the_encoder_are_named_before_training(
    recipe, make_job, utterances, tmp_path
):
    samples, rate = soundfile.read(utterances[0].audio)
    soundfile.write(tmp_path / "short.wav", samples[:640], rate)
    short = [replace(utterances[0], id=f"a-short{n}", audio=tmp_path / "short.wav") for n in "12"]
    extract([*utterances, *short], tmp_path / "dump", "raw")
    job = make_job(recipe / "exp" / "asr_conformer", features=read_feature_dir(tmp_path / "dump"))
    with pytest.raises(
        SentemoError, match=r"(?s)too short for the encoder: 2\n.*a-short1: 4 frame"
    ):
        train_on_fold(replace(job, utterances=[*utterances, *short]))
    assert not (job.exp / "config.yaml").exists()


def test_raw_audio_without_a_checkpoint_trains_upon_a_frontend_of_the_configuration(make_job):
    own = {
        "frontend": "default",
        "frontend_conf": {"n_mels": 20},
        "encoder": "blstm",
        "encoder_conf": {"num_layers": 1, "units": 4},
        "model_conf": {},
    }
    job = make_job(None, **own, normalize="utterance_mvn")
    train_on_fold(job)
    assert len(predict_side(job, "test")) == 4
    with pytest.raises(SentemoError, match="global_mvn needs statistics"):
        train_on_fold(make_job(None, "other", **own, normalize="global_mvn"))
