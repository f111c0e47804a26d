"""What is packed says what the experiment says, anywhere, and nothing of where it was made."""

import json
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
import yaml
from espnet2.main_funcs.pack_funcs import unpack
from small_experiments import LABELS

from sentemo.bin.pack import main
from sentemo.core import checkpoint
from sentemo.core.best_epoch import best_weights
from sentemo.core.errors import SentemoError
from sentemo.core.packed import PackedModel
from sentemo.data.filterbank import fbank
from sentemo.inference import SpeechEmotion
from sentemo.inference.card import licence_in
from sentemo.inference.checkpoint_files import files_of_experiment
from sentemo.inference.pack import pack_experiment
from sentemo.inference.torch_backend import TorchBackend
from sentemo.tasks.ser import SERTask

ROOT = Path(__file__).parents[2]
LENGTHS = (0.05, 0.3, 1.0, 7.77)


def trained_alone(exp, fold):
    """The model of one fold, built by ESPnet's own means."""
    joint = (exp / "encoder.pth").is_file()
    config = (exp if joint else exp / f"fold_{fold:02d}") / "config.yaml"
    model, _ = SERTask.build_model_from_file(str(config))
    weights = checkpoint.load_weights(exp / f"fold_{fold:02d}" / "1epoch.pth")
    frozen = checkpoint.load_weights(exp / "encoder.pth") if joint else {}
    model.load_state_dict({**frozen, **weights})
    return model.eval()


@torch.no_grad()
def answers(models, samples):
    """Mean probabilities and dimensions on the scale 1 to 7, of features that torchaudio makes."""
    speech = torch.from_numpy(fbank(samples, 40))[None]
    outputs = [model.predict(speech, torch.tensor([speech.size(1)]))[0] for model in models]
    shares = torch.stack([output["label"].softmax(dim=1)[0] for output in outputs]).mean(dim=0)
    if "avd" not in outputs[0]:
        return shares.numpy(), None
    return shares.numpy(), torch.stack([1 + 6 * o["avd"][0] for o in outputs]).mean(dim=0).numpy()


@pytest.mark.parametrize(
    ("name", "options", "folds"),
    [
        ("shared", {}, (1, 2, 3)),
        ("shared", {"fold": 2}, (2,)),
        ("separate", {}, (1, 2)),
        ("separate", {"fold": 2}, (2,)),
        ("separate", {"ensemble": True}, (1, 2)),
        ("convolutional", {"ensemble": True}, (1, 2)),
    ],
)
def test_the_archive_says_what_the_folds_models_say(
    name, options, folds, request, tmp_path, recording
):
    exp = request.getfixturevalue(name)
    done = pack_experiment(exp, tmp_path / "model.zip", **options)
    assert done.folds == folds
    assert done.difference < 1e-4
    models = [trained_alone(exp, fold) for fold in folds]
    for seconds in LENGTHS:
        path = recording(seconds=seconds)
        shares, dimensions = answers(models, soundfile.read(path, dtype="float32")[0])
        for backend in ("onnx", "torch"):
            result = SpeechEmotion.from_pretrained(tmp_path / "model.zip", backend=backend)(path)
            np.testing.assert_allclose([*result.probabilities.values()], shares, atol=1e-4)
            assert [*result.probabilities] == LABELS
            assert result.label == LABELS[shares.argmax()]
            if dimensions is not None:
                np.testing.assert_allclose([*result.dimensions.values()], dimensions, atol=1e-3)
            else:
                assert result.dimensions == {}


def test_an_archive_needs_nothing_of_where_it_was_made(shared, tmp_path, recording):
    exp = shutil.copytree(shared, tmp_path / "gone")
    expected = SpeechEmotion.from_pretrained(exp)(recording())
    pack_experiment(exp, tmp_path / "model.zip")
    shutil.rmtree(exp)
    for backend in ("onnx", "torch"):
        result = SpeechEmotion.from_pretrained(tmp_path / "model.zip", backend=backend)(recording())
        np.testing.assert_allclose(
            [*result.probabilities.values()], [*expected.probabilities.values()], atol=1e-4
        )
    with zipfile.ZipFile(tmp_path / "model.zip") as archive:
        names = archive.namelist()
        texts = [archive.read(n).decode() for n in names if not n.endswith(("pth", "onnx", "npz"))]
    assert not any(str(tmp_path) in text or str(shared.parent) in text for text in texts)
    assert "feats.scp" not in "".join(texts)


def test_espnet_itself_unpacks_the_first_folds_model(packed, shared, tmp_path):
    files = unpack(packed, tmp_path / "unpacked")
    config = yaml.safe_load(Path(files["ser_train_config"]).read_text())
    assert Path(config["normalize_conf"]["stats_file"]).is_file()
    model, _ = SERTask.build_model_from_file(files["ser_train_config"], files["ser_model_file"])
    expected = trained_alone(shared, 1).state_dict()
    assert all(torch.equal(value, expected[name]) for name, value in model.state_dict().items())


def test_the_folds_of_one_encoder_run_it_once(packed, shared):
    both = [
        TorchBackend(files_of_experiment(shared), "shared").ensemble,
        SpeechEmotion.from_pretrained(packed, backend="torch")._judge.backend.ensemble,
    ]
    for ensemble in both:
        assert len(ensemble.models) == 3
        assert len({id(model.encoder) for model in ensemble.models}) == 1
        assert len({id(model.decoder) for model in ensemble.models}) == 3


def test_the_card_says_corpus_protocol_scores_and_licence(shared, tmp_path):
    exp = shutil.copytree(shared, tmp_path / "exp")
    scores = ROOT / "egs/emodb/results/frozen_asr_ctc_small.json"
    shutil.copyfile(scores, exp / "scores.json")
    facts = {**json.loads(scores.read_text()), "trained_with": ["IEMOCAP", "MSP-Podcast 1.11"]}
    (exp / "experiment.json").write_text(json.dumps(facts))
    main(["--exp", str(exp), "--readme", str(ROOT / "egs/emodb/README.md")])
    with zipfile.ZipFile(exp / "model.zip") as archive:
        card = archive.read("README.md").decode()
        assert json.loads(archive.read("scores.json")) == json.loads(scores.read_text())
    found = json.loads(scores.read_text())
    for said in (
        "happy, sad",
        found["protocol"],
        f"{100 * found['test']['ua']['pooled']:.1f} [",
        "scores of a cross-validation",
        "The models of folds 1, 2, 3 are packed",
        "CC0",
        "- trained on: EmoDB, IEMOCAP, MSP-Podcast 1.11",
        "It was trained on IEMOCAP, MSP-Podcast 1.11 too, whose licences hold as well.",
        "`features` (1, frames, 40)",
    ):
        assert said in card


def test_the_licence_is_the_paragraph_of_the_recipes_readme():
    for readme in ROOT.glob("egs/*/README.md"):
        text = licence_in(readme)
        assert readme.parent.name == "own" or (text.startswith("**Licence") and "\n\n" not in text)


def test_a_second_time_nothing_is_packed_until_the_weights_change(shared, tmp_path, capsys):
    exp = shutil.copytree(shared, tmp_path / "exp")
    main(["--exp", str(exp), "--fold", "2"])
    assert "the model of fold 2; ONNX model within" in capsys.readouterr().out
    main(["--exp", str(exp), "--fold", "2"])
    assert "up to date" in capsys.readouterr().out
    weights = best_weights(exp / "fold_02", [["valid", "loss", "min"]])
    changed = {name: 2 * value for name, value in checkpoint.load_weights(weights).items()}
    checkpoint.save(changed, weights)
    main(["--exp", str(exp), "--fold", "2"])
    assert "up to date" not in capsys.readouterr().out


def test_what_cannot_be_packed_says_why(shared, tmp_path):
    with pytest.raises(SentemoError, match=r"no fold 9; there are 1 to 3"):
        main(["--exp", str(shared), "--fold", "9"])
    with pytest.raises(SentemoError, match="no trained emotion recogniser"):
        main(["--exp", str(tmp_path)])
    exp = shutil.copytree(shared, tmp_path / "exp")
    config = yaml.safe_load((exp / "config.yaml").read_text())
    (exp / "config.yaml").write_text(yaml.safe_dump({**config, "text_encoder": "rnn"}))
    with pytest.raises(SentemoError, match="reads transcripts beside the audio"):
        main(["--exp", str(exp)])


def test_an_archive_without_an_onnx_model_says_why_and_runs_on_torch(packed, tmp_path, recording):
    folder = PackedModel.of_archive(packed, "model.zip").folder
    (folder / "model.onnx").unlink()
    described = json.loads((folder / "sentemo.json").read_text())
    described["not_exported"] = "cannot be exported to ONNX (an LSTM of its own kind)"
    (folder / "sentemo.json").write_text(json.dumps(described))
    assert SpeechEmotion.from_pretrained(folder)(recording()).label in LABELS
    with pytest.raises(SentemoError, match=r"no ONNX model \(.*of its own kind\)"):
        SpeechEmotion.from_pretrained(folder, backend="onnx")
