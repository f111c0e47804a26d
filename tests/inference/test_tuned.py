"""Upper layers that were trained upon kept states, in an experiment that is whole again."""

import numpy as np
import pytest
import soundfile
import torch
from small_experiments import COMMON, make_jobs
from small_states import keep
from tiny_speech import write_speech_model

from sentemo.core.best_epoch import ENCODER_FILE
from sentemo.folds.run import predict_test, train_fold
from sentemo.inference import SpeechEmotion
from sentemo.inference.checkpoint_files import files_of_experiment
from sentemo.inference.ensemble import build_ensemble
from sentemo.inference.fold_attention import attend_test
from sentemo.inference.pack import pack_experiment
from sentemo.inference.torch_backend import TorchBackend
from sentemo.upstreams import Upstream
from sentemo.upstreams.weights import read_weights

LORA = {"start_layer": 1, "method": "lora", "rank": 2, "dropout": 0.1}
CHANGES = {
    "whisper, full, to the top": ("whisper", {"tuning_conf": {"start_layer": 2}}),
    "whisper, LoRA, to layer 2": (
        "whisper",
        {"tuning_conf": LORA, "model_conf": {"encoder_layer": 2}, "encoder_lr": 0.02},
    ),
    "wavlm, LoRA, two layers": (
        "WavLM base",
        {"tuning_conf": LORA, "model_conf": {"encoder_layer": [2, 3]}},
    ),
}


@pytest.fixture(scope="module", params=CHANGES)
def experiment(request, work, whisper):
    """Folds of an experiment that are trained upon kept states, and their predictions."""
    upstream, changes = CHANGES[request.param]
    folder = whisper
    if upstream != "whisper":
        folder = work / "wavlm"
        write_speech_model(folder, upstream)
    exp = work / request.param.replace(" ", "_")
    jobs = make_jobs(exp, {**COMMON, **changes}, feature_type="raw", asr_model=str(folder))
    jobs = keep(jobs, folder, work / f"states_of_{exp.name}")[:2]
    trained = [train_fold(job) for job in jobs]
    assert all(fold.epochs == COMMON["max_epoch"] for fold in trained)
    return jobs, folder, [predict_test(job) for job in jobs]


def judged(exp, fold, path):
    """Return the probabilities that the model of a fold gives for a recording."""
    samples, _ = soundfile.read(path, dtype="float32")
    (outputs,) = TorchBackend(files_of_experiment(exp, fold), "x")([samples])
    return outputs.probabilities


def test_the_whole_model_judges_recordings_as_the_folds_judged_kept_states(experiment):
    jobs, _, answers = experiment
    for job, found in zip(jobs, answers, strict=True):
        audio = {utt.id: utt.audio for utt in job.utterances}
        for prediction in found:
            expected = judged(job.exp.parent, job.fold.number, audio[prediction.utterance])
            # States are kept in half precision.
            np.testing.assert_allclose(prediction.probabilities, expected, atol=5e-3)


def test_only_upper_layers_were_trained(experiment):
    jobs, upstream, _ = experiment
    files = files_of_experiment(jobs[0].exp.parent, fold=1)
    ensemble, config = build_ensemble(files, "x")
    model = ensemble.models[0]
    start, last = config["tuning_conf"]["start_layer"], max(model.layers, default=3)
    before = Upstream(upstream)._source.read_weights(Upstream(upstream).weights_file)
    after = {f"encoder.{name}": value for name, value in model.encoder.state_dict().items()}
    changed = {name for name in after if not torch.equal(after[name], before[name])}
    numbers = {name.split("layers.")[1].split(".")[0] for name in changed if "layers." in name}
    assert numbers == {str(number) for number in range(start, last)}
    small = sum(value.numel() for value in read_weights(files.members[0][-1]).values())
    assert small < sum(value.numel() for value in model.state_dict().values())
    assert (jobs[0].exp / ENCODER_FILE).samefile(jobs[1].exp / ENCODER_FILE)


def test_it_is_packed_and_exported_like_any_other(experiment, tmp_path, recording):
    jobs, _, _ = experiment
    packed = pack_experiment(jobs[0].exp.parent, tmp_path / "model.zip", fold=1)
    assert packed.difference < 1e-4
    path = recording(seconds=1.7)
    expected = judged(jobs[0].exp.parent, 1, path)
    for backend in ("onnx", "torch"):
        found = SpeechEmotion.from_pretrained(tmp_path / "model.zip", backend=backend)(path)
        np.testing.assert_allclose([*found.probabilities.values()], expected, atol=1e-4)


def test_the_ensemble_of_its_folds_has_an_encoder_of_each(experiment, tmp_path, recording):
    jobs, _, _ = experiment
    pack_experiment(jobs[0].exp.parent, tmp_path / "model.zip", ensemble=True)
    path = recording(seconds=1.7)
    mean = np.mean([judged(jobs[0].exp.parent, fold, path) for fold in (1, 2)], axis=0)
    found = SpeechEmotion.from_pretrained(tmp_path / "model.zip")(path)
    np.testing.assert_allclose([*found.probabilities.values()], mean, atol=1e-4)


def test_attention_is_that_of_kept_states(experiment):
    jobs, _, _ = experiment
    shift, attention = attend_test(jobs[0])
    assert shift == pytest.approx(0.02)
    assert len(attention) == 4
    for utt, weights in attention.items():
        np.testing.assert_allclose(weights.sum(axis=0), 1.0, atol=1e-5)
        seconds = soundfile.info(jobs[0].utterances[0].audio.with_name(f"{utt}.wav")).duration
        assert len(weights) == pytest.approx(seconds / shift, abs=1)
