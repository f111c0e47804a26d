"""Adapting a packed probe to a folder of recordings, which bring their own rooms and levels."""

import json

import numpy as np
import pytest
from small_experiments import train_upon

from sentemo.bin.predict import main
from sentemo.core.errors import SentemoError
from sentemo.data.dimensions import Scale
from sentemo.inference import SpeechEmotion
from sentemo.inference.adaptation import FEWEST, Adaptation, ProbeHead
from sentemo.inference.answers import Outputs
from sentemo.inference.pack import pack_experiment

PROBE = {
    "decoder": "statistics_pooling",
    "decoder_conf": {},
    "model_conf": {"freeze_encoder": True, "encoder_layer": [1, 2]},
    "probe_conf": {"choice": "pooled", "penalties": [1, 100]},
}


@pytest.fixture
def draw():
    return np.random.default_rng(0)


@pytest.fixture
def head(draw):
    return ProbeHead(
        mean=draw.normal(size=6),
        deviation=draw.uniform(0.5, 2, 6),
        weights={"label": draw.normal(size=(3, 6)), "avd": draw.normal(size=(3, 6))},
        biases={"label": draw.normal(size=3), "avd": draw.normal(size=3)},
    )


@pytest.mark.parametrize("shift, factor", [(0.0, 1.0), (40.0, 0.01), (-3.0, 25.0)])
def test_a_channel_that_shifts_and_scales_every_recording_changes_no_answer(
    head, draw, shift, factor
):
    embeddings = [*draw.normal(size=(FEWEST, 6))]
    changed = [shift + factor * embedding for embedding in embeddings]
    scale = Scale(1, 5)
    for before, after in zip(embeddings, changed, strict=True):
        wanted = head.judge(Outputs(embedding=before), Adaptation.of(embeddings), scale)
        found = head.judge(Outputs(embedding=after), Adaptation.of(changed), scale)
        np.testing.assert_allclose(found.probabilities, wanted.probabilities, atol=1e-6)
        np.testing.assert_allclose(found.dimensions, wanted.dimensions, atol=1e-5)


def test_recordings_like_those_of_the_training_are_judged_as_without_it(head, draw):
    like = Adaptation(head.mean, head.deviation, FEWEST)
    embedding = draw.normal(size=6)
    found = head.judge(Outputs(embedding=embedding), like, None)
    logits = head.weights["label"] @ embedding + head.biases["label"]
    np.testing.assert_allclose(
        found.probabilities, np.exp(logits) / np.exp(logits).sum(), atol=1e-9
    )
    assert found.dimensions is None


def test_a_feature_that_no_recording_changes_counts_nothing(head, draw):
    embeddings = draw.normal(size=(FEWEST, 6))
    embeddings[:, 2] = 7.0
    adaptation = Adaptation.of([*embeddings])
    found = head.judge(Outputs(embedding=embeddings[0]), adaptation, None)
    embeddings[0, 2] = 9.0
    other = head.judge(Outputs(embedding=embeddings[0]), adaptation, None)
    np.testing.assert_allclose(found.probabilities, other.probabilities)


def test_too_few_recordings_are_refused_with_the_number_that_is_wanted(draw):
    with pytest.raises(SentemoError, match=f"^{FEWEST - 1} recordings are too few.* {FEWEST} "):
        Adaptation.of([*draw.normal(size=(FEWEST - 1, 6))])


def test_an_adaptation_of_another_model_is_refused(head, draw):
    other = Adaptation.of([*draw.normal(size=(FEWEST, 8))])
    with pytest.raises(SentemoError, match="another model"):
        head.judge(Outputs(embedding=draw.normal(size=6)), other, None)


@pytest.fixture(scope="module")
def probe(work, tmp_path_factory):
    """Return a packed probe upon the built-in upstream, which is adapted in several tests."""
    archive = work / "probe_to_adapt.zip"
    pack_experiment(train_upon("built-in", work / "to_adapt", **PROBE), archive, fold=1)
    return archive


@pytest.fixture
def folder(tmp_path, recording, draw):
    """Return a folder of recordings, and one file among them that is none."""
    place = tmp_path / "rooms"
    place.mkdir()
    for number in range(FEWEST):
        recording(f"rooms/{number:02}.wav", seconds=0.4 + 0.05 * number)
    (place / "broken.wav").write_text("no audio")
    return place


def predict(capsys, *arguments):
    with pytest.raises(SystemExit) as end:
        main([*map(str, arguments)])
    found = capsys.readouterr()
    return end.value.code, found.out.splitlines(), found.err


def test_the_command_adapts_keeps_the_model_and_says_to_how_many(probe, folder, capsys, tmp_path):
    kept = tmp_path / "adapted.zip"
    status, lines, errors = predict(capsys, probe, folder, "--json", "--adapt-to", kept)
    rows = [json.loads(line) for line in lines]
    assert status == 1  # one file is no recording
    assert f"adapted to {FEWEST} recordings, without labels" in errors
    assert "broken.wav" in errors
    failed = [row for row in rows if "error" in row]
    assert [row["file"] for row in failed] == [str(folder / "broken.wav")]
    rows = [row for row in rows if row not in failed]
    assert [row["adapted_to"] for row in rows] == [FEWEST] * FEWEST
    _, plain, _ = predict(capsys, probe, folder, "--json")
    _, again, _ = predict(capsys, kept, folder, "--json")
    said = [row["probabilities"] for line in again if "error" not in (row := json.loads(line))]
    assert said != [json.loads(line).get("probabilities") for line in plain if "error" not in line]
    for row, answer in zip(rows, said, strict=True):
        assert row["probabilities"] == pytest.approx(answer, abs=1e-4)


def test_few_recordings_are_refused_one_by_one_and_nothing_is_written(
    probe, recording, capsys, tmp_path
):
    kept = tmp_path / "adapted.zip"
    given = [recording("a.wav"), tmp_path / "none.wav", recording("b.wav")]
    status, lines, errors = predict(capsys, probe, *given, "--adapt-to", kept, "--json")
    assert status == 1
    rows = {row["file"]: row["error"] for row in map(json.loads, lines)}
    assert sorted(rows) == sorted(map(str, given))
    assert rows[str(given[1])] == "missing audio"
    for path in (given[0], given[2]):
        assert rows[str(path)].startswith("2 recordings are too few")
        assert f"error: {path}: 2 recordings are too few" in errors
    assert not kept.exists()


def test_a_model_that_is_no_probe_says_so(packed, folder, capsys):
    status, _, errors = predict(capsys, packed, folder, "--adapt")
    assert status == 2
    assert "only these can be adapted" in errors


def test_both_backends_adapt_alike(probe, folder):
    answers = []
    for backend in ("onnx", "torch"):
        model = SpeechEmotion.from_pretrained(probe, backend=backend)
        results = [model.judge(path) for path in sorted(folder.glob("[0-9]*.wav"))]
        answers.append([model.adapted_to(results).again(result) for result in results])
    for onnx, torch in zip(*answers, strict=True):
        assert onnx.probabilities == pytest.approx(torch.probabilities, abs=1e-3)
