import json
import shutil
import subprocess
import sys

import pytest

from sentemo.bin.results import main as results
from sentemo.bin.score import main as score
from sentemo.bin.score_asr import main as score_asr
from sentemo.core.errors import SentemoError
from sentemo.data.fold_files import write_folds
from sentemo.data.splits import leave_one_speaker_out
from sentemo.data.tables import read_table
from sentemo.scoring.predictions import Prediction, read_predictions, write_predictions
from sentemo.scoring.transcripts import Transcripts, write_transcripts

LABELS = ["happy", "sad"]
DESCRIBED = {
    "corpus": "noise",
    "title": "guess",
    "protocol": "leave one speaker out",
    "seed": 1,
    "config": "guess.yaml",
    "asr_model": None,
    "epochs": "best epoch by valid loss (min)",
    "notes": [],
    "command": "guess",
}


def describe(exp):
    exp.mkdir(parents=True)
    (exp / "experiment.json").write_text(json.dumps(DESCRIBED))


@pytest.fixture
def recipe(tmp_path, small_data_dir):
    """A working directory with one trained and decoded experiment, and score's arguments."""
    utt2label, utt2spk = (read_table(small_data_dir / n) for n in ("utt2label", "utt2spk"))
    folds = leave_one_speaker_out(utt2spk.values())
    work_dir = tmp_path / "my recipes" / "noise"
    exp = work_dir / "exp" / "ser_guess"
    describe(exp)
    write_folds(work_dir / "folds.tsv", folds, "Leave one speaker out")
    (work_dir / "labels.txt").write_text("happy\nsad\n")
    for side in ("valid", "test"):
        predictions = [
            Prediction(utt, fold.number, spk, utt2label[utt], "happy", (0.6, 0.4))
            for fold in folds
            for utt, spk in utt2spk.items()
            if spk in getattr(fold, side)
        ]
        write_predictions(exp / "predictions" / f"{side}.tsv", LABELS, predictions)
    return work_dir, [
        f"--exp={exp}",
        f"--data={small_data_dir}",
        f"--labels={work_dir / 'labels.txt'}",
        f"--folds={work_dir / 'folds.tsv'}",
    ]


@pytest.fixture
def recognised(tmp_path):
    work_dir = tmp_path / "my recipes" / "speech"
    exp = work_dir / "exp" / "asr_guess"
    describe(exp)
    texts = {"a-1": "SO IT IS"}
    write_transcripts(exp / "decode_test", Transcripts(texts, {"a-1": "SO IT"}, "greedy CTC", 0.1))
    return work_dir, exp


def test_predictions_become_scores_and_a_table(recipe, capsys):
    work_dir, arguments = recipe
    score(arguments)
    scores = json.loads((work_dir / "exp" / "ser_guess" / "scores.json").read_text())
    assert scores["kind"] == "ser"
    assert scores["counts"]["utterances"] == 8
    assert scores["counts"]["folds"] == 4
    assert scores["test"]["ua"]["pooled"] == 0.5
    assert scores["test"]["recall"] == {"happy": 1.0, "sad": 0.0}
    assert "WA 50.0 %, UA 50.0 % of 8 utterances in 4 folds" in capsys.readouterr().out

    results(["--work_dir", str(work_dir)])
    table = (work_dir / "RESULTS.md").read_text()
    assert "## noise" in table
    assert "50.0 [" in table
    shown = capsys.readouterr().out
    assert [line for line in table.split("###")[0].splitlines() if line.startswith("|")] == [
        line for line in shown.splitlines() if line.startswith("|")
    ]


def test_scores_are_made_again_only_when_something_changed(recipe, capsys):
    work_dir, arguments = recipe
    written = work_dir / "exp" / "ser_guess" / "scores.json"
    score(arguments)
    before = written.stat().st_mtime_ns
    score(arguments)
    assert "up to date" in capsys.readouterr().out
    assert written.stat().st_mtime_ns == before

    test = work_dir / "exp" / "ser_guess" / "predictions" / "test.tsv"
    labels, predictions = read_predictions(test)
    right = [
        Prediction(p.utterance, p.fold, p.speaker, "sad", "sad", (0.4, 0.6))
        if p.label == "sad"
        else p
        for p in predictions
    ]
    write_predictions(test, labels, right)
    score(arguments)
    assert json.loads(written.read_text())["test"]["wa"]["pooled"] == 1.0
    written.unlink()
    score(arguments)
    assert written.exists()


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        ("exp/ser_guess/predictions/test.tsv", "a-sad\t1\ta\tsad", "a-sad\t1\ta\thappy", "a-sad"),
        ("exp/ser_guess/predictions/valid.tsv", "a-sad\t4", "a-sad\t3", "a-sad: fold 3"),
        ("labels.txt", "happy\nsad", "sad\nhappy", r"labels are happy sad, .* are sad happy"),
        ("folds.tsv", "1\tb\ta\n", "", "never tested"),
    ],
)
def test_what_disagrees_gives_no_scores(recipe, name, old, new, message):
    work_dir, arguments = recipe
    text = (work_dir / name).read_text()
    assert old in text
    (work_dir / name).write_text(text.replace(old, new))
    with pytest.raises(SentemoError, match=message):
        score(arguments)
    assert not (work_dir / "exp" / "ser_guess" / "scores.json").exists()


def test_missing_predictions_name_the_stage(recipe):
    work_dir, arguments = recipe
    (work_dir / "exp" / "ser_guess" / "predictions" / "test.tsv").unlink()
    with pytest.raises(SentemoError, match=r"test\.tsv is missing\. Run the stage"):
        score(arguments)


def test_scoring_loads_no_deep_learning(recipe):
    _, arguments = recipe
    code = (
        "import sys; from sentemo.bin.score import main; main(sys.argv[1:]); "
        "sys.exit('torch' in sys.modules or 'espnet2' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code, *arguments], check=True)


def test_transcripts_become_scores_and_trn_files(recognised, capsys):
    _, exp = recognised
    score_asr([f"--exp={exp}", "--set=test"])
    scores = json.loads((exp / "scores.json").read_text())
    assert (scores["kind"], scores["set"], scores["decoding"]) == ("asr", "test", "greedy CTC")
    assert scores["test"]["wer"] == {"pooled": pytest.approx(1 / 3), "errors": 1, "units": 3}
    assert scores["test"]["cer"] == {"pooled": 0.375, "errors": 3, "units": 8}
    assert (exp / "decode_test" / "ref.trn").read_text() == "SO IT IS (a-1)\n"
    assert (exp / "decode_test" / "hyp.trn").read_text() == "SO IT (a-1)\n"
    score_asr([f"--exp={exp}", "--set=test"])
    assert "up to date" in capsys.readouterr().out


def test_a_set_that_was_not_decoded_is_an_error(recognised):
    _, exp = recognised
    with pytest.raises(SentemoError, match=r"decode_dev/ref\.tsv.*Decode"):
        score_asr([f"--exp={exp}", "--set=dev"])


def test_all_recipes_are_collected_under_their_names(recipe, recognised):
    work_dir, arguments = recipe
    score(arguments)
    score_asr([f"--exp={recognised[1]}", "--set=test"])
    mini = work_dir / "mini" / "exp" / "ser_guess"
    mini.mkdir(parents=True)
    (mini / "scores.json").write_bytes((work_dir / "exp/ser_guess/scores.json").read_bytes())
    above = work_dir.parent
    results(["--collect", str(above), "--dest", str(above / "RESULTS.md")])
    headings = [
        line for line in (above / "RESULTS.md").read_text().splitlines() if line.startswith("## ")
    ]
    assert headings == ["## noise", "## noise/mini", "## speech"]


def test_a_readme_takes_its_table_from_scores(recipe):
    work_dir, arguments = recipe
    score(arguments)
    readme = work_dir / "README.md"
    readme.write_text("before\n<!-- results -->\nold\n<!-- /results -->\nafter\n")
    with pytest.raises(SentemoError, match="Copy the experiments"):
        results(["--readme", str(readme), "--scores", str(work_dir / "results")])
    (work_dir / "results").mkdir()
    shutil.copy(work_dir / "exp/ser_guess/scores.json", work_dir / "results" / "guess.json")
    results(["--readme", str(readme), "--scores", str(work_dir / "results")])
    text = readme.read_text()
    assert text.startswith("before\n<!-- results -->\n**Emotion")
    assert text.endswith("<!-- /results -->\nafter\n")
    assert "50.0 [" in text
    assert "old" not in text.split()


@pytest.mark.parametrize("arguments", [[], ["--collect", "x"], ["--readme", "x"], ["--work", "x"]])
def test_options_that_do_not_fit_are_refused(arguments):
    with pytest.raises(SystemExit) as stopped:
        results(arguments)
    assert stopped.value.code == 2


def test_no_results_are_an_error_and_no_file(tmp_path):
    with pytest.raises(SentemoError, match="no exp/"):
        results(["--work_dir", str(tmp_path)])
    assert list(tmp_path.iterdir()) == []


def test_of_a_probe_the_choice_is_printed_and_goes_into_the_scores(recipe, capsys):
    work_dir, arguments = recipe
    exp = work_dir / "exp" / "ser_guess"
    score(arguments)
    scored = json.loads((exp / "scores.json").read_text())
    scores = {side: scored[side] for side in ("valid", "test")}
    table = {
        "choice": "pooled",
        "folds": [{"fold": number, "layer": "2", "penalty": 10} for number in range(1, 5)],
        "pooled": {"layer": "1", "penalty": 3.2},
        "layers": [{"layer": "1", "penalty": 3.2, "scores": scores}],
        "by_fold": {"scores": scores},
    }
    (exp / "probe.json").write_text(json.dumps(table))
    capsys.readouterr()
    score(arguments)
    assert capsys.readouterr().out.endswith(
        "of 8 utterances in 4 folds; layer 1, penalty 3.2, chosen by the validation sides of all "
        "folds; each fold's own choice: UA 50.0 %\n"
    )
    assert json.loads((exp / "scores.json").read_text())["probe"] == table
