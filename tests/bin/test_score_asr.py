"""The alignment files; what else scoring writes is in test_score.py."""

import json
import re
import subprocess
import sys

import pytest

from sentemo.bin.score_asr import main
from sentemo.scoring.alignment import align
from sentemo.scoring.metrics import error_rate
from sentemo.scoring.transcripts import Transcripts, write_transcripts

REFERENCES = {"a-1": "SO IT IS", "a-2": "AND SO ON", "b-1": "NO", "b-2": "OH NO"}
HYPOTHESES = {"a-1": "SO AT IS THERE", "a-2": "SO ON", "b-1": "", "b-2": "OH NO"}
DESCRIBED = {
    "corpus": "speech",
    "title": "asr",
    "protocol": "one",
    "seed": 1,
    "config": "asr.yaml",
    "asr_model": None,
    "epochs": "best",
    "notes": ["2 of 9 training utterances left out"],
    "command": "asr",
}


@pytest.fixture
def exp(tmp_path):
    """A decoded experiment."""
    decoded = Transcripts(REFERENCES, HYPOTHESES, "CTC, beam 10", 0.5)
    write_transcripts(tmp_path / "decode_test", decoded)
    (tmp_path / "experiment.json").write_text(json.dumps(DESCRIBED))
    return tmp_path


def score(exp):
    main([f"--exp={exp}", "--set=test"])
    return json.loads((exp / "scores.json").read_text())


def test_every_utterance_is_aligned_in_the_layout_of_sclite(exp):
    score(exp)
    assert (exp / "decode_test" / "wer.pra").read_text() == (
        "id: (a-1)\n"
        "Scores: (#C #S #D #I) 2 1 0 1\n"
        "REF:  SO IT IS *****\n"
        "HYP:  SO AT IS THERE\n"
        "Eval:    S     I\n"
        "\n"
        "id: (a-2)\n"
        "Scores: (#C #S #D #I) 2 0 1 0\n"
        "REF:  AND SO ON\n"
        "HYP:  *** SO ON\n"
        "Eval: D\n"
        "\n"
        "id: (b-1)\n"
        "Scores: (#C #S #D #I) 0 0 1 0\n"
        "REF:  NO\n"
        "HYP:  **\n"
        "Eval: D\n"
        "\n"
        "id: (b-2)\n"
        "Scores: (#C #S #D #I) 2 0 0 0\n"
        "REF:  OH NO\n"
        "HYP:  OH NO\n"
        "Eval:\n"
        "\n"
    )


@pytest.mark.parametrize("rate", ["wer", "cer"])
def test_the_alignments_add_up_to_the_scores(exp, rate):
    scores = score(exp)["test"][rate]
    lines = re.findall(
        r"#I\) (\d+) (\d+) (\d+) (\d+)", (exp / "decode_test" / f"{rate}.pra").read_text()
    )
    correct, *errors = (sum(map(int, counts)) for counts in zip(*lines, strict=True))
    assert sum(errors) == scores["errors"]
    assert correct + errors[0] + errors[1] == scores["units"]


def test_spaces_are_named_in_the_alignment_of_characters(exp):
    score(exp)
    assert "REF:  O H <space> N O\n" in (exp / "decode_test" / "cer.pra").read_text()


def test_the_decoding_is_named_in_the_scores_with_what_was_left_out(exp):
    scores = score(exp)
    assert scores["decoding"] == "CTC, beam 10"
    assert scores["notes"] == DESCRIBED["notes"]


def test_scores_of_before_the_alignments_are_made_again(exp, capsys):
    score(exp)
    (exp / "decode_test" / "wer.pra").unlink()
    capsys.readouterr()
    score(exp)
    assert "up to date" not in capsys.readouterr().out
    assert (exp / "decode_test" / "wer.pra").exists()


def test_an_alignment_is_as_cheap_as_the_edit_distance_and_leaves_nothing_out():
    sides = ["", "A", "AB", "BA", "ABAB", "BBAAB", "CABBA", "AABBCC"]
    for reference in sides:
        for hypothesis in sides:
            pairs = align(reference, hypothesis)
            assert "".join(r for r, _ in pairs) == reference
            assert "".join(h for _, h in pairs) == hypothesis
            assert sum(r != h for r, h in pairs) == error_rate([reference], [hypothesis])[0]


def test_scoring_transcripts_loads_no_deep_learning(exp):
    code = (
        "import sys; from sentemo.bin.score_asr import main; main(sys.argv[1:]); "
        "sys.exit('torch' in sys.modules or 'espnet2' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code, f"--exp={exp}", "--set=test"], check=True)
