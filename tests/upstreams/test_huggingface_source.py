"""Speech encoders of Hugging Face as upstreams: small random models in directories."""

import json
import shutil
import sys
from argparse import Namespace
from dataclasses import replace

import numpy as np
import pytest
import soundfile
import torch
import transformers
from small_states import keep
from tiny_speech import (
    KINDS,
    noise,
    speech_model,
    states_by_transformers,
    write_speech_model,
)

from sentemo.core.errors import SentemoError
from sentemo.data.extraction import extract
from sentemo.data.features import read_feature_dir
from sentemo.data.splits import leave_one_speaker_out
from sentemo.tasks.parts import build_encoder_parts
from sentemo.tasks.ser import SERTask
from sentemo.upstreams import Upstream

RECOGNISERS = ("wav2vec 2.0 base", "HuBERT large", "WavLM base", "data2vec", "wav2vec2-BERT")


@pytest.fixture
def folder(tmp_path):
    """HuBERT base as its authors publish it."""
    write_speech_model(tmp_path / "my model", "HuBERT base")
    return tmp_path / "my model"


def change(folder, file="config.json", **settings):
    path = folder / file
    path.write_text(json.dumps({**json.loads(path.read_text()), **settings}))


def encoder_of(upstream, tmp_path):
    """Build the upstream's encoder as a task does, and copy its weights."""
    args = Namespace(feature_type=upstream.feature_type, output_dir=str(tmp_path))
    upstream.inherit(args)
    model = torch.nn.Module()
    for name, part in build_encoder_parts(args).items():
        setattr(model, name, part)
    upstream.load_weights(model)
    return model.encoder.eval(), model.frontend


@torch.no_grad()
def assert_gives_states_of(published, kind, upstream, tmp_path):
    encoder, frontend = encoder_of(upstream, tmp_path)
    speech, lengths = noise(8000, 5000)
    layers, counts = encoder.forward_layers(*frontend(speech, lengths))
    assert {parameter.dtype for parameter in encoder.parameters()} == {torch.float32}
    for row, length in enumerate(lengths.tolist()):
        _, expected = states_by_transformers(published, kind, speech[row, :length])
        for ours, theirs in zip(layers, expected[1:], strict=True):
            torch.testing.assert_close(ours[row, : counts[row]], theirs, atol=1e-5, rtol=0)


@pytest.mark.parametrize("kind", KINDS)
def test_a_directory_of_any_kind_is_taken_over_with_all_layers(kind, tmp_path):
    model = write_speech_model(tmp_path / "model", kind)
    upstream = Upstream(tmp_path / "model")
    assert upstream.feature_type == "raw"
    assert "encoder huggingface_layers; on raw; weights model.safetensors" in upstream.describe()
    assert_gives_states_of(model, kind, upstream, tmp_path)


@pytest.mark.parametrize("kind", RECOGNISERS)
def test_of_a_fine_tuned_recogniser_the_encoder_is_taken_over(kind, tmp_path):
    changes = {"add_adapter": True, "output_hidden_size": 16} if "BERT" in kind else {}
    model = write_speech_model(tmp_path / "model", kind, "ForCTC", vocab_size=10, **changes)
    bare = getattr(model, model.base_model_prefix)
    if changes:  # an adapter makes fewer states for the recogniser's head
        bare.adapter = None
    assert_gives_states_of(bare, kind, Upstream(tmp_path / "model"), tmp_path)


def test_heads_and_quantisers_of_the_pre_training_are_left_out(tmp_path):
    sizes = {"codevector_dim": 8, "proj_codevector_dim": 8, "num_codevectors_per_group": 4}
    kind = "wav2vec 2.0 large"
    model = write_speech_model(tmp_path / "model", kind, "ForPreTraining", **sizes)
    assert_gives_states_of(model.wav2vec2, kind, Upstream(tmp_path / "model"), tmp_path)


def test_weights_in_shards_and_in_half_precision_are_those_of_one_file(tmp_path):
    model = speech_model("WavLM base").half()
    write_speech_model(tmp_path / "model", "WavLM base")
    (tmp_path / "model" / "model.safetensors").unlink()
    model.save_pretrained(tmp_path / "model", max_shard_size="8KB")
    assert len(list((tmp_path / "model").glob("*.safetensors"))) > 1
    upstream = Upstream(tmp_path / "model")
    assert_gives_states_of(model.float(), "WavLM base", upstream, tmp_path)
    before = upstream.fingerprint
    shard = max((tmp_path / "model").glob("*.safetensors"))
    shard.write_bytes(shard.read_bytes()[:-1] + b"\x01")
    assert Upstream(tmp_path / "model").fingerprint != before


def test_pickled_weights_under_the_names_of_older_versions_are_read(folder, tmp_path):
    model = transformers.AutoModel.from_pretrained(folder).eval()
    new = "encoder.pos_conv_embed.conv.parametrizations.weight.original"
    old = "encoder.pos_conv_embed.conv.weight_"
    weights = {
        name.replace(f"{new}0", f"{old}g").replace(f"{new}1", f"{old}v"): values
        for name, values in model.state_dict().items()
    }
    assert f"{old}g" in weights
    (folder / "model.safetensors").unlink()
    torch.save(weights, folder / "pytorch_model.bin")
    assert_gives_states_of(model, "HuBERT base", Upstream(folder), tmp_path)
    torch.save({"hook": sys.exit}, folder / "pytorch_model.bin")
    with pytest.raises(SentemoError, match="pickled Python objects, which could run any code"):
        encoder_of(Upstream(folder), tmp_path)


def test_the_models_own_masks_and_layer_drop_are_off(tmp_path):
    changes = {
        "mask_time_prob": 0.9,
        "mask_time_length": 2,
        "mask_feature_prob": 0.9,
        "mask_feature_length": 2,
        "layerdrop": 0.9,
    }
    dropouts = ("hidden_dropout", "attention_dropout", "activation_dropout", "feat_proj_dropout")
    off = dict.fromkeys(dropouts, 0.0)
    write_speech_model(tmp_path / "model", "wav2vec 2.0 large", **changes, **off)
    encoder, frontend = encoder_of(Upstream(tmp_path / "model"), tmp_path)
    samples = frontend(*noise(8000))
    expected, _ = encoder.forward_layers(*samples)
    learning, _ = encoder.train().forward_layers(*samples)
    assert all(map(torch.equal, learning, expected))
    learning[-1].sum().backward()
    assert encoder.model.encoder.layers[0].attention.k_proj.weight.grad.any()


def test_without_a_preprocessor_samples_are_normalised_at_16_khz(tmp_path):
    for kind in ("HuBERT base", "wav2vec 2.0 large"):
        model = write_speech_model(tmp_path / kind, kind)
        (tmp_path / kind / "preprocessor_config.json").unlink()
        assert_gives_states_of(model, kind, Upstream(tmp_path / kind), tmp_path)
    write_speech_model(tmp_path / "energies", "wav2vec2-BERT")
    (tmp_path / "energies" / "preprocessor_config.json").unlink()
    with pytest.raises(SentemoError, match=r"preprocessor_config\.json is missing, .*Copy it"):
        Upstream(tmp_path / "energies")


def test_the_extractor_of_a_recognisers_processor_is_found(folder, tmp_path):
    """Newer versions of Transformers write one file for tokens and samples."""
    extractor = json.loads((folder / "preprocessor_config.json").read_text())
    (folder / "preprocessor_config.json").unlink()
    described = {"feature_extractor": {**extractor, "do_normalize": False}}
    (folder / "processor_config.json").write_text(json.dumps(described))
    encoder, _ = encoder_of(Upstream(folder), tmp_path)
    assert encoder.extractor.do_normalize is False


def test_another_sampling_rate_decides_which_features_are_extracted(folder):
    change(folder, "preprocessor_config.json", sampling_rate=8000)
    assert Upstream(folder).feature_type == "raw8000"
    with pytest.raises(SentemoError, match=r"trained on raw8000 features, these are raw\. Extract"):
        Upstream(folder).require_features("raw")
    change(folder, "preprocessor_config.json", sampling_rate="fast")
    with pytest.raises(SentemoError, match="'fast' is no sampling rate"):
        Upstream(folder)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda folder: (folder / "model.safetensors").unlink(), "config.json and no weights"),
        (lambda folder: cut(folder / "model.safetensors"), r"model\.safetensors cannot be read"),
        (lambda folder: (folder / "config.json").unlink(), r"model\.safetensors and no config"),
        (lambda folder: (folder / "config.json").write_text("{"), r"config\.json: not JSON"),
        (lambda folder: (folder / "config.json").write_text("[]"), r"config\.json: 1 problem"),
        (lambda folder: change(folder, model_type="bert"), "of type 'bert', .* no speech encoder"),
        (lambda folder: change(folder, model_type=None), "of type None, which is no speech"),
        (
            lambda folder: change(folder, "preprocessor_config.json", feature_extractor_type="A"),
            "is of a A, and a model of type hubert takes the input of a Wav2Vec2FeatureExtractor",
        ),
    ],
)
def test_half_a_model_or_another_kind_of_model_is_refused_before_any_work(damage, message, folder):
    damage(folder)
    with pytest.raises(SentemoError, match=message) as error:
        Upstream(folder)
    assert len(str(error.value).splitlines()) <= 4  # a list of problems has a line for each


def test_missing_shards_and_pickles_that_are_cut_off_are_named(folder):
    model = transformers.AutoModel.from_pretrained(folder)
    (folder / "model.safetensors").unlink()
    model.save_pretrained(folder, max_shard_size="20KB")
    shard = max(folder.glob("*.safetensors"))
    shard.unlink()
    with pytest.raises(SentemoError, match=f"{shard.name} is missing. Download the whole model"):
        Upstream(folder)
    (folder / "model.safetensors.index.json").write_text("{}")
    with pytest.raises(SentemoError, match="names no shards"):
        Upstream(folder)
    (folder / "model.safetensors.index.json").unlink()
    torch.save(model.state_dict(), folder / "pytorch_model.bin")
    cut(folder / "pytorch_model.bin")
    with pytest.raises(SentemoError, match=r"pytorch_model\.bin is cut off\. Download"):
        Upstream(folder)


def cut(file):
    file.write_bytes(file.read_bytes()[:-50])


def test_an_index_names_no_files_elsewhere(folder, tmp_path):
    shutil.move(folder / "model.safetensors", tmp_path / "elsewhere.safetensors")
    index = {"weight_map": {"a": "../elsewhere.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(SentemoError, match=r"elsewhere\.safetensors is missing"):
        Upstream(folder)


def test_weights_that_do_not_fit_the_description_are_refused(folder, tmp_path):
    change(folder, num_hidden_layers=2)
    with pytest.raises(SentemoError, match=r"unexpected: encoder\.model\.encoder\.layers\.2\."):
        encoder_of(Upstream(folder), tmp_path)
    change(folder, num_hidden_layers=4)
    with pytest.raises(SentemoError, match=r"missing: encoder\.model\.encoder\.layers\.3\."):
        encoder_of(Upstream(folder), tmp_path)


def test_without_transformers_the_remedy_is_named(folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(SentemoError, match=r"needs Hugging Face Transformers: pip install trans"):
        Upstream(folder)


def test_a_description_that_names_code_runs_none(folder, tmp_path):
    change(folder, auto_map={"AutoModel": "evil.Model", "AutoConfig": "evil.Config"})
    change(folder, "preprocessor_config.json", auto_map={"AutoFeatureExtractor": "evil.Extractor"})
    (folder / "evil.py").write_text("raise SystemExit('code of the directory ran')\n")
    encoder, _ = encoder_of(Upstream(folder), tmp_path)
    assert not hasattr(encoder.model.config, "auto_map")


def test_a_fold_learns_on_one_layer_and_its_model_needs_the_directory_no_more(
    folder, make_job, tmp_path
):
    from sentemo.folds.separate import predict_side, train_on_fold
    from sentemo.inference.pack import pack_experiment
    from sentemo.inference.speech_emotion import SpeechEmotion

    layer = {"model_conf": {"freeze_encoder": True, "encoder_layer": 2}, "specaug": None}
    job = make_job(folder, **layer, specaug_conf={})
    job = replace(job, exp=tmp_path / "ser" / "fold_01")
    train_on_fold(job)
    shutil.rmtree(folder)
    assert len(predict_side(job, "test")) == 4
    pack_experiment(tmp_path / "ser", tmp_path / "model.zip")
    draw = np.random.default_rng(0)
    samples = draw.uniform(-0.5, 0.5, 12000).astype(np.float32)
    packed = SpeechEmotion.from_pretrained(tmp_path / "model.zip")
    trained = SpeechEmotion.from_pretrained(tmp_path / "ser")
    answer = packed(samples, 16000)
    assert set(answer.probabilities) == {"happy", "sad"}
    assert answer.probabilities == pytest.approx(trained(samples, 16000).probabilities)


def test_folds_learn_together_on_kept_states_of_the_layer_that_a_probe_chose(
    folder, make_job, tmp_path
):
    from sentemo.folds.joint import predict_folds_together, train_folds_together
    from sentemo.states.encoder import FrozenEncoder

    settings = {"freeze_encoder": True, "encoder_layer": "best", "standardise_states": True}
    job = make_job(folder, model_conf=settings, specaug=None, specaug_conf={})
    folds = leave_one_speaker_out("abc")
    jobs = [replace(job, fold=f, exp=tmp_path / "ser" / f"fold_{f.number:02d}") for f in folds]
    jobs = keep(jobs, folder, tmp_path / "states")
    train_folds_together(jobs)
    assert [len(predictions) for predictions in predict_folds_together(jobs)] == [4, 4, 4]
    encoder = FrozenEncoder(Upstream(folder))
    assert encoder.layers == ("1", "2", "3")
    with pytest.raises(SentemoError, match=r"item 2: 0\.010 s are too short for one state"):
        encoder.states([np.zeros(16000, np.float32), np.zeros(160, np.float32)])


def test_the_output_of_a_model_with_a_last_normalisation_is_kept_beside_its_layers(tmp_path):
    from sentemo.states.encoder import FrozenEncoder

    kind = "wav2vec 2.0 large"
    model = write_speech_model(tmp_path / "model", kind)
    encoder = FrozenEncoder(Upstream(tmp_path / "model"))
    assert encoder.layers == ("1", "2", "3", "last")
    speech, _ = noise(8000)
    output, layers = states_by_transformers(model, kind, speech[0])
    expected = torch.stack([*layers[1:], output]).numpy()
    np.testing.assert_allclose(encoder.states([speech[0].numpy()])[0], expected, atol=1e-5)


@pytest.mark.parametrize("layer", ["last", 1, 3, "weighted"])
def test_a_model_on_any_layer_is_built_again_from_its_configuration(layer, folder, reuse):
    ours, args = reuse(folder, model_conf={"freeze_encoder": True, "encoder_layer": layer})
    published = transformers.AutoModel.from_pretrained(folder).eval()
    speech, lengths = noise(8000, 5000)
    states, counts = ours.encode(speech, lengths)
    output, layers = states_by_transformers(published, "HuBERT base", speech[1, :5000])
    expected = torch.stack(layers[1:], dim=1) if layer == "weighted" else output
    if isinstance(layer, int):
        expected = layers[layer]
    torch.testing.assert_close(states[1, : counts[1]], expected, atol=1e-5, rtol=0)
    assert not ours.train().encoder.training
    shutil.rmtree(folder)
    again = SERTask.build_model(args).eval()
    again.load_state_dict(ours.state_dict())
    assert torch.equal(again.encode(speech, lengths)[0], states)


def test_utterances_that_are_too_short_for_one_state_are_named_before_training(
    make_job, utterances, tmp_path
):
    from sentemo.folds.separate import train_on_fold

    write_speech_model(tmp_path / "model", "wav2vec2-BERT")
    samples, rate = soundfile.read(utterances[0].audio)
    soundfile.write(tmp_path / "short.wav", samples[:480], rate)
    short = replace(utterances[0], id="a-short", audio=tmp_path / "short.wav")
    extract([*utterances, short], tmp_path / "dump", "raw")
    features = read_feature_dir(tmp_path / "dump")
    job = make_job(tmp_path / "model", features=features, specaug=None, specaug_conf={})
    with pytest.raises(SentemoError, match=r"(?s)too short for the encoder: 1\n.*a-short: 3 frame"):
        train_on_fold(replace(job, utterances=[*utterances, short]))


def test_layers_that_there_are_not_and_masks_on_samples_are_refused(folder, reuse):
    with pytest.raises(SentemoError, match="this encoder has 3 layers: give"):
        reuse(folder, model_conf={"freeze_encoder": True, "encoder_layer": 4})
    with pytest.raises(SentemoError, match=r"keyed_specaug masks frames .* Write specaug: null"):
        reuse(folder, specaug="keyed_specaug")
