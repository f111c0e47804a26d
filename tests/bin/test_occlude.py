"""The cost of silencing words or moments, from a trained model to its page."""

import json

import pytest
import soundfile
import yaml
from small_recogniser import FROZEN
from small_training import PROBE

from sentemo.bin import attention, occlude, report, score
from sentemo.core.errors import SentemoError
from sentemo.data.kaldi import read_data_dir
from sentemo.inference.checkpoint_files import files_of_experiment
from sentemo.scoring.predictions import predictions_file, read_predictions

SCORE_OPTIONS = ("--data", "--labels", "--folds")


@pytest.fixture
def found(tmp_path):
    """Read the lines of the utterances, and the summary."""

    def read():
        folder = tmp_path / "exp" / "ser" / "occlusion"
        lines = (folder / "utterances.jsonl").read_text().splitlines()
        return list(map(json.loads, lines)), json.loads((folder / "summary.json").read_text())

    return read


def test_moments_are_silenced_where_no_words_can_be_timed(trained, found, tmp_path, capfd):
    options = trained(FROZEN)
    occlude.main([*options, "--utterances=5"])
    lines, summary = found()
    predicted = {
        p.utterance: p
        for p in read_predictions(tmp_path / "exp" / "ser" / predictions_file("label", "test"))[1]
    }
    assert (summary["by"], summary["seconds"], summary["utterances"]) == ("moments", 0.5, 5)
    assert len(lines) == 5
    for line in lines:
        expected = predicted[line["utterance"]]
        assert (line["fold"], line["answer"]) == (expected.fold, expected.predicted)
        assert line["probability"] == pytest.approx(max(expected.probabilities), abs=2e-3)
        # An utterance of one moment has nothing that could be judged without it.
        assert len(line["pieces"]) == (2 if line["duration"] > 0.5 else 0)
        assert all(piece["attention"] > 0 for piece in line["pieces"])
    capfd.readouterr()
    occlude.main([*options, "--utterances=5"])
    assert "up to date" in capfd.readouterr().out
    occlude.main([*options, "--utterances=9"])
    assert len(found()[0]) == 8  # all there are


def test_words_of_the_corpus_are_silenced_and_the_page_shows_what_that_cost(
    trained, found, small_data_dir, tmp_path
):
    options = trained(FROZEN)
    timed = [f"{u.id} 1 0.0{n} 0.05 w{n}\n" for u in read_data_dir(small_data_dir) for n in (1, 6)]
    (small_data_dir / "words.ctm").write_text("".join(timed[2:]))
    occlude.main(options)
    lines, summary = found()
    assert (summary["by"], summary["utterances"]) == ("words", 7)
    assert summary["unaligned"] == {"no times of words": 1}
    assert summary["attention"] is None  # two words have no order that is worth comparing
    first = lines[0]
    assert [(p["word"], p["start"]) for p in first["pieces"]] == [("w1", 0.01), ("w6", 0.06)]
    audio = next(u.audio for u in read_data_dir(small_data_dir) if u.id == first["utterance"])
    samples, rate = soundfile.read(audio, dtype="float32")
    rest = samples.copy()
    rest[round(0.01 * rate) : round(0.06 * rate)] = 0
    fold = tmp_path / "exp" / "ser" / f"fold_{first['fold']:02d}"
    whole, left = (_judged(fold, sound)[first["answer"]] for sound in (samples, rest))
    assert first["pieces"][0]["lost"] == pytest.approx(whole - left, abs=2e-4)
    exp = f"--exp={tmp_path / 'exp' / 'ser'}"
    score.main([exp, *(o for o in options if o.split("=")[0] in SCORE_OPTIONS)])
    report.main([exp, options[0]])
    page = (tmp_path / "exp" / "ser" / "report.html").read_text()
    assert '<section id="occlusion"' in page and "In 7 test utterances" in page


def _judged(fold, samples):
    """Judge by the model of one fold, as the ensemble of all would not."""
    from sentemo.inference.torch_backend import TorchBackend

    backend = TorchBackend(files_of_experiment(fold.parent, fold=int(fold.name[5:])), str(fold))
    [output] = backend([samples])
    return dict(zip(("happy", "sad"), output.probabilities, strict=True))


def test_a_probe_has_no_attention_to_check_and_its_moments_cost_something(
    trained, found, tmp_path, in_parts
):
    options = trained({**FROZEN, **PROBE})
    occlude.main([*options, in_parts])
    lines, summary = found()
    assert (summary["by"], summary["attention"], len(lines)) == ("moments", None, 8)
    pieces = [piece for line in lines for piece in line["pieces"]]
    assert pieces and all("attention" not in piece for piece in pieces)


def test_without_classes_there_is_no_answer_to_lose(trained, small_data_dir):
    utterances = read_data_dir(small_data_dir)
    rated = "".join(f"{utt.id} {1 + n % 5} 4 {7 - n % 3}\n" for n, utt in enumerate(utterances))
    (small_data_dir / "utt2avd").write_text(rated)
    criterion = {"best_model_criterion": [["valid", "ccc", "max"]]}
    options = trained({**FROZEN, **criterion}, "--task=dimensional", "--scale=1,7")
    with pytest.raises(SentemoError, match="no classes"):
        occlude.main(options)


def test_what_is_not_decoded_is_refused(prepared, tmp_path):
    (tmp_path / "labels.txt").write_text("happy\nsad\n")
    (tmp_path / "frozen.yaml").write_text(yaml.safe_dump(FROZEN))
    options = [*prepared[:2], "--upstream=librispeech/exp/asr", "--config=frozen.yaml"]
    options += ["--labels=labels.txt", f"--folds={tmp_path / 'folds.tsv'}", "--exp=exp/ser"]
    for command in (occlude, attention):
        with pytest.raises(SentemoError, match="Run stage decode first"):
            command.main(options)
