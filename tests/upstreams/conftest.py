"""Two small recognisers that ESPnet itself trained, on 12 s of noise; and raw audio to reuse them.

The folders are those of an ESPnet recipe: paths in its configurations start in `recipe`.
"""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
import yaml

from sentemo.data.extraction import extract
from sentemo.data.features import read_feature_dir
from sentemo.data.kaldi import Utterance
from sentemo.data.splits import leave_one_speaker_out
from sentemo.folds.job import FoldJob
from sentemo.tasks.ser import SERTask
from sentemo.training.arguments import training_arguments
from sentemo.upstreams import Upstream

RATE = 16000
LABELS = ["happy", "sad"]
DATA = [["data/wav.scp", "speech", "sound"], ["data/text", "text", "text"]]
COMMON = {
    "token_list": "data/tokens.txt",
    "token_type": "char",
    "frontend_conf": {"fs": "16k", "n_mels": 20},
    "specaug": "specaug",
    "specaug_conf": {"apply_time_warp": False, "time_mask_width_range": [0, 5]},
    "train_data_path_and_name_and_type": DATA,
    "valid_data_path_and_name_and_type": DATA,
    "train_shape_file": ["data/speech_shape"],
    "valid_shape_file": ["data/speech_shape"],
    "batch_type": "sorted",
    "batch_size": 4,
    "num_workers": 0,
    "num_att_plot": 0,
    "max_epoch": 2,
    "optim": "adam",
    "optim_conf": {"lr": 0.01},
    "seed": 1,
    "ngpu": 0,
}
CONFORMER = {
    **COMMON,
    "output_dir": "exp/asr_conformer",
    "normalize": "global_mvn",
    "normalize_conf": {"stats_file": "exp/asr_stats/train/feats_stats.npz"},
    "encoder": "conformer",
    "encoder_conf": {
        "output_size": 8,
        "attention_heads": 2,
        "linear_units": 8,
        "num_blocks": 2,
        "cnn_module_kernel": 3,
        "macaron_style": True,
        "rel_pos_type": "latest",
    },
    "decoder": "transformer",
    "decoder_conf": {"attention_heads": 2, "linear_units": 8, "num_blocks": 1},
    "model_conf": {"ctc_weight": 0.3},
    "best_model_criterion": [["valid", "acc", "max"]],
    "keep_nbest_models": 2,
}
TRANSDUCER = {
    **COMMON,
    "output_dir": "exp/asr_transducer",
    "normalize": "utterance_mvn",
    "encoder": "vgg_rnn",
    "encoder_conf": {"hidden_size": 4, "output_size": 6, "num_layers": 2},
    "decoder": "transducer",
    "decoder_conf": {"num_layers": 1, "hidden_size": 6},
    "joint_net_conf": {"joint_space_size": 6},
    "model_conf": {"ctc_weight": 0.0, "report_cer": False, "report_wer": False},
    "best_model_criterion": [["valid", "loss", "min"]],
    "keep_nbest_models": 1,
}


@pytest.fixture(scope="session")
def utterances(tmp_path_factory):
    """Three speakers with four utterances of noise each; the happy ones are louder."""
    folder = tmp_path_factory.mktemp("my audio")
    draw = np.random.default_rng(0)
    found = []
    for speaker in "abc":
        for number in range(4):
            audio = folder / f"{speaker}-{number}.wav"
            noise = draw.uniform(-1, 1, RATE // 2 + 1600 * number)
            soundfile.write(audio, noise * (0.1 if number % 2 else 0.5), RATE)
            found.append(Utterance(audio.stem, speaker, audio, LABELS[number % 2], "AB BA"))
    return found


@pytest.fixture(scope="session")
def shim():
    """A folder with a module `warprnnt_pytorch`, which ESPnet's transducers import."""
    return Path(__file__).parent / "warprnnt"


@pytest.fixture(scope="session")
def recipe(tmp_path_factory, utterances, shim):
    """A recipe folder of ESPnet with two experiments, trained by its own command."""
    folder = tmp_path_factory.mktemp("recipe")
    (folder / "data").mkdir()
    lengths = {utt.id: soundfile.info(str(utt.audio)).frames for utt in utterances}
    tables = {
        "wav.scp": [f"{utt.id} {utt.audio}" for utt in utterances],
        "text": [f"{utt.id} {utt.text}" for utt in utterances],
        "speech_shape": [f"{utt} {length}" for utt, length in lengths.items()],
        "tokens.txt": ["<blank>", "<unk>", "<space>", "A", "B", "<sos/eos>"],
    }
    for name, lines in tables.items():
        (folder / "data" / name).write_text("\n".join(lines) + "\n")
    statistics = folder / CONFORMER["normalize_conf"]["stats_file"]
    statistics.parent.mkdir(parents=True)
    sums = {"sum": np.linspace(-600, -200, 20), "sum_square": np.full(20, 4000.0)}
    np.savez(statistics, count=100, **{k: v.astype(np.float32) for k, v in sums.items()})
    for config in (CONFORMER, TRANSDUCER):
        (folder / f"{Path(config['output_dir']).name}.yaml").write_text(yaml.safe_dump(config))
    trainings = [
        subprocess.Popen(
            [sys.executable, "-m", "espnet2.bin.asr_train", "--config", f"{name}.yaml"],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(shim), "OMP_NUM_THREADS": "1"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for name in ("asr_conformer", "asr_transducer")
    ]
    for training in trainings:
        _, errors = training.communicate(timeout=300)
        assert training.returncode == 0, errors[-3000:]
    return folder


@pytest.fixture(scope="session")
def raw(tmp_path_factory, utterances):
    """The utterances' audio as a feature directory of type raw."""
    dest = tmp_path_factory.mktemp("dump") / "raw"
    extract(utterances, dest, "raw")
    return read_feature_dir(dest)


@pytest.fixture
def make_job(tmp_path, raw, utterances):
    """A sentiment fold that reuses an ASR model, with changes to the configuration."""

    def make(asr_model, name="ser", features=raw, **changes):
        config = tmp_path / f"{name}.yaml"
        settings = {
            "decoder_conf": {"units": 4, "heads": 2, "head_size": 3},
            "model_conf": {"freeze_encoder": True},
            "specaug": "keyed_specaug",
            "specaug_conf": {"freq_mask_width": 2, "time_mask_width": 5},
            "batch_type": "folded",
            "batch_size": 4,
            "fold_length": [1000],
            "num_workers": 0,
            "max_epoch": 2,
            "optim": "adam",
            "optim_conf": {"lr": 0.02},
            "best_model_criterion": [["valid", "loss", "min"]],
            "keep_nbest_models": 1,
            "num_att_plot": 0,
        }
        config.write_text(yaml.safe_dump({**settings, **changes}))
        return FoldJob(
            fold=leave_one_speaker_out("abc")[0],
            exp=tmp_path / name,
            config=config,
            labels=LABELS,
            utterances=utterances,
            features=features,
            settings={"seed": 1, "ngpu": 0, "asr_model": asr_model and str(asr_model)},
            one_thread=True,
        )

    return make


@pytest.fixture
def reuse(tmp_path):
    """Build a sentiment model upon a checkpoint, and the same again from its written config."""

    def reuse(exp, **changes):
        config = {"labels": ["happy", "sad"], "decoder_conf": {"units": 4, "heads": 2}, **changes}
        config = {"model_conf": {"freeze_encoder": True}, "asr_model": str(exp), **config}
        (tmp_path / "ser.yaml").write_text(yaml.safe_dump(config))
        args = training_arguments(SERTask, tmp_path / "ser.yaml", {"output_dir": str(tmp_path)})
        args.feature_type = Upstream(exp).feature_type
        torch.manual_seed(1)
        return SERTask.build_model(args).eval(), args

    return reuse
