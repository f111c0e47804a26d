"""Kept states are those of the encoder, of the model and features that they say, or are refused."""

import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import kaldiio
import numpy as np
import pytest
import torch

from sentemo.core import checkpoint
from sentemo.core.errors import SentemoError
from sentemo.launch.resources import Resources
from sentemo.states import keeping
from sentemo.states.encoder import FrozenEncoder
from sentemo.states.index import read_index
from sentemo.states.keeping import keep_states
from sentemo.states.kept import KeptStates
from sentemo.states.shards import StatesRequest, _encoder
from sentemo.upstreams import Upstream


@pytest.fixture
def request_states(asr_model, features, tmp_path):
    """A request for states of a small encoder of two layers; changes go into it."""

    def make(**changes):
        _encoder.cache_clear()
        request = StatesRequest(asr_model, "", features[0], tmp_path / "states" / "all")
        return replace(request, **changes)

    return make


def encoded(asr_model, features):
    """Return the states of every utterance, ``(layers, states, size)``, in full precision."""
    encoder = FrozenEncoder(Upstream(asr_model))
    return {
        utt: encoder.states_of_features([kaldiio.load_mat(where)])[0]
        for utt, where in features.scp.items()
    }


def test_states_pooled_states_and_statistics_are_the_encoders(request_states, asr_model, features):
    request = request_states()
    keep_states(request, ["1"])
    kept, expected = KeptStates(request.directory), encoded(asr_model, features[0])
    names = sorted(expected)
    assert kept.layers == ["1", "2"]
    for utt in names:
        np.testing.assert_allclose(kept.states(utt, "1"), expected[utt][0], atol=2e-3)
    pooled = np.stack(
        [np.stack([states.mean(axis=1), states.std(axis=1)], 1) for states in expected.values()]
    )
    order = list(expected)
    np.testing.assert_allclose(kept.pooled(order, ["1", "2"]), pooled, atol=2e-3)
    all_states = np.concatenate([expected[utt][1] for utt in names[:7]])
    mean, deviation = kept.statistics(names[:7], ["2"])
    np.testing.assert_allclose(mean[0], all_states.mean(axis=0), atol=2e-3)
    np.testing.assert_allclose(deviation[0], all_states.std(axis=0), atol=2e-3)


def test_a_batch_is_padded_and_has_several_layers_side_by_side(request_states, features):
    request = request_states()
    keep_states(request, ["all"])
    kept = KeptStates(request.directory)
    names = sorted(features[0].scp)
    batches = list(kept.batches(names, ["1", "2"]))
    assert sorted(utt for batch, _, _ in batches for utt in batch) == names
    for batch, states, lengths in batches:
        assert states.shape == (len(batch), lengths.max(), 2, kept.size)
        assert lengths.tolist() == sorted(lengths.tolist())
        for row, utt in enumerate(batch):
            alone = torch.from_numpy(np.array(kept.states(utt, "2"))).float()
            assert torch.equal(states[row, : lengths[row], 1], alone)
            assert not states[row, lengths[row] :].any()


def test_processes_change_nothing(request_states, tmp_path, monkeypatch):
    one, two = request_states(), request_states(directory=tmp_path / "states" / "two")
    monkeypatch.setattr(keeping, "SHORTEST_SHARD", 1.0)
    keep_states(one, ["1"])
    keep_states(two, ["1"], Resources(nj=2))
    names = {path.name for path in one.directory.glob("*.npy")}
    assert len(names) == 3 * len(read_index(one.directory)["shards"]) > 3
    for name in names:
        assert (one.directory / name).read_bytes() == (two.directory / name).read_bytes()


def test_what_is_kept_is_not_encoded_again_and_layers_are_added(request_states, monkeypatch):
    request = request_states()
    keep_states(request, ["1"])
    before = {path.name: path.stat().st_mtime_ns for path in request.directory.glob("*.npy")}
    with monkeypatch.context() as patch:
        patch.setattr(FrozenEncoder, "states_of_features", None)  # it would fail
        keep_states(request, ["1"])
    keep_states(request, ["last"])
    assert read_index(request.directory)["kept"] == ["pooled", "1", "2"]
    after = {path.name: path.stat().st_mtime_ns for path in request.directory.glob("*.npy")}
    assert {name: after[name] for name in before} == before


class Killed(BaseException):
    """An exception that no code expects."""


def test_an_interrupted_run_goes_on_where_it_was(request_states, monkeypatch):
    monkeypatch.setattr(keeping, "SHORTEST_SHARD", 1.0)
    request, encode, done = request_states(), FrozenEncoder.states_of_features, []

    def count(self, inputs, utterances):
        if len(done) == 10 and not resumed:
            raise Killed
        done.append(len(inputs))
        return encode(self, inputs, utterances)

    resumed = False
    monkeypatch.setattr(FrozenEncoder, "states_of_features", count)
    with pytest.raises(Killed):
        keep_states(request, ["1"])
    with pytest.raises(SentemoError, match=r"no kept states here.*stage feats"):
        KeptStates(request.directory)
    resumed = True
    keep_states(request, ["1"])
    total = len(request.features.scp)
    assert total < len(done) < total + 10  # the shard that was broken off is encoded again
    assert KeptStates(request.directory).num_states(sorted(request.features.scp)).min() > 0


@pytest.mark.parametrize("changed", ["model", "features"])
def test_states_of_another_model_or_of_other_features_are_replaced(
    request_states, asr_model, features, changed
):
    request = request_states()
    keep_states(request, ["1"])
    utt = sorted(features[0].scp)[0]
    before = np.array(KeptStates(request.directory).states(utt, "1"))
    if changed == "model":
        weights = Upstream(asr_model).weights_file
        checkpoint.save({k: 3 * v for k, v in checkpoint.load_weights(weights).items()}, weights)
    else:
        (features[0].path / "feats.json").write_text('{"source": "another"}')
    digests = {key: read_index(request.directory)[key] for key in ("model", "features")}
    _encoder.cache_clear()
    keep_states(request, ["2"])
    index = read_index(request.directory)
    assert index["kept"] == ["pooled", "2"]
    assert index[changed] != digests[changed]
    keep_states(request, ["1"])
    after = np.array(KeptStates(request.directory).states(utt, "1"))
    assert np.array_equal(after, before) == (changed == "features")


def test_a_full_disk_is_said_before_anything_is_encoded(request_states, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=1000))
    with pytest.raises(SentemoError, match=r"the states need .* KB, and 1 KB are free"):
        keep_states(request_states(), ["1"])


def test_a_layer_that_the_encoder_does_not_have_is_refused(request_states):
    with pytest.raises(SentemoError, match=r"has no layer 3: choose one of 1, 2"):
        keep_states(request_states(), ["3"])


def test_features_of_another_type_are_refused(request_states, features):
    with pytest.raises(SentemoError, match="trained on fbank8 features, these are raw"):
        keep_states(request_states(features=replace(features[0], feature_type="raw")), ["1"])


def test_all_utterances_that_are_not_finite_are_named(request_states, features, tmp_path):
    matrices = {utt: kaldiio.load_mat(where).copy() for utt, where in features[0].scp.items()}
    for utt in ("a-3", "c-1"):
        matrices[utt][1, 1] = np.nan
    scp = tmp_path / "broken.scp"
    kaldiio.save_ark(str(tmp_path / "broken.ark"), matrices, scp=str(scp))
    table = dict(line.split(" ", 1) for line in scp.read_text().splitlines())
    broken = request_states(features=replace(features[0], scp=table))
    with pytest.raises(SentemoError, match=r"2 problems(?s:.*)a-3: its states are not finite"):
        keep_states(broken, ["1"])


def test_a_folder_with_other_things_is_not_replaced(request_states, tmp_path):
    request = request_states(directory=tmp_path / "mine")
    request.directory.mkdir()
    (request.directory / "thesis.txt").write_text("years of work")
    with pytest.raises(SentemoError, match="holds other things than states"):
        keep_states(request, ["1"])
    assert (request.directory / "thesis.txt").exists()


def halve(path):
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def swap_two_numbers(path):
    lines = path.read_text().splitlines()
    numbers = [line.split()[1] for line in lines]
    other = next(n for n in numbers if n != numbers[0])
    lines[0] = lines[0].replace(numbers[0], other)
    path.write_text("".join(f"{line}\n" for line in lines))


DAMAGES = {
    "cut": halve,
    "removed": Path.unlink,
    "empty": lambda path: path.write_bytes(b""),
    "text": lambda path: path.write_text("a-0 many\n"),
    "zeros": lambda path: path.write_bytes(bytes(path.stat().st_size)),
    "of another shape": lambda path: np.save(path, np.zeros((3, 2), np.float16)),
    "of another kind": lambda path: np.save(path, np.array(["a", None], object)),
    "of a huge header": lambda path: path.write_bytes(
        path.read_bytes().replace(b"'shape': (", b"'shape': (999999999999999, ")
    ),
    "an archive": lambda path: path.write_bytes((path.with_name("x.npz")).read_bytes()),
}


@pytest.mark.parametrize("file", ["layer_1.00002.npy", "pooled.00001.npy", "utt2num_states"])
def test_damaged_states_are_named_with_the_stage_to_run_which_makes_them_again(
    request_states, monkeypatch, capsys, file
):
    monkeypatch.setattr(keeping, "SHORTEST_SHARD", 1.0)
    request = request_states()
    keep_states(request, ["1"])
    names = sorted(request.features.scp)
    before = read_all(request.directory, names)
    np.savez(request.directory / "x.npz", x=np.zeros(3))
    path = request.directory / file
    content = path.read_bytes()
    for damage in DAMAGES.values():
        damage(path)
        if path.is_file() and path.read_bytes() == content:
            continue  # a table has no header to damage
        for lengths in request.directory.glob("lengths.*.npy"):  # which are read to make it again
            damage(lengths)
        with pytest.raises(SentemoError, match=rf"{file}: damaged.*stage feats"):
            read_all(request.directory, names)
        capsys.readouterr()
        keep_states(request, ["1"])
        assert f"{file}: damaged" in capsys.readouterr().out
        after = read_all(request.directory, names)
        assert all(np.array_equal(one, other) for one, other in zip(before, after, strict=True))
        keep_states(request, ["1"])
        assert "up to date" in capsys.readouterr().out


def read_all(directory, names):
    kept = KeptStates(directory)
    return [kept.pooled(names, ["1", "2"]), *(np.array(kept.states(utt, "1")) for utt in names)]


def test_numbers_of_states_that_somebody_changed_are_noticed(request_states):
    request = request_states()
    keep_states(request, ["1"])
    path = request.directory / "utt2num_states"
    before = path.read_text()
    swap_two_numbers(path)
    with pytest.raises(SentemoError, match="utt2num_states: damaged"):
        KeptStates(request.directory).num_states(["a-0"])
    keep_states(request, ["1"])
    assert path.read_text() == before


def test_a_damaged_index_is_named_and_the_states_are_made_again(request_states):
    request = request_states()
    for content in ("", "[]", "{", '{"kept": ["1"]}', '{"kept": 1, "shards": "x"}'):
        keep_states(request, ["1"])
        (request.directory / "states.json").write_text(content)
        with pytest.raises(SentemoError, match=r"no sound states\.json.*stage feats"):
            KeptStates(request.directory)
    keep_states(request, ["1"])
    assert KeptStates(request.directory).num_states(["a-0"]).min() > 0


def test_states_of_audio_come_at_the_encoders_rate(tmp_path):
    encoder = FrozenEncoder(Upstream("built-in"))
    assert encoder.sampling_rate == 16000
    assert encoder.frame_shift == pytest.approx(0.02)
    assert encoder.layers == ("1", "2", "3", "4", "last")
    noise = np.random.default_rng(0).normal(0, 0.1, 16000).astype(np.float32)
    long, short = encoder.states([noise, noise[:4000]])
    assert long.shape == (5, 50, encoder.output_size)
    [alone] = encoder.states([noise[:4000]])
    np.testing.assert_allclose(short, alone, atol=1e-5)
