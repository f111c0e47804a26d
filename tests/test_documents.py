"""The documents say what the results say."""

import json
from pathlib import Path

import pytest

from sentemo.core.markdown import replace_block
from sentemo.report.corpora import corpus_table
from sentemo.report.tables import read_scores, render_tables

ROOT = Path(__file__).parent.parent
RESULTS_OF = {
    "README.md": "egs/emodb/results/fixed_epochs.json",
    "egs/emodb/README.md": "egs/emodb/results",
    "egs/librispeech/README.md": "egs/librispeech/results",
    "egs/nemo/README.md": "egs/nemo/results",
}


@pytest.mark.parametrize(("readme", "results"), RESULTS_OF.items())
def test_the_tables_are_those_of_the_scores_files(readme, results):
    text = (ROOT / readme).read_text(encoding="utf-8")
    path = ROOT / results
    scores = read_scores([path] if path.is_file() else sorted(path.glob("*.json")))
    assert scores
    assert replace_block(text, "results", render_tables(scores), readme) == text


def test_the_table_of_corpora_is_that_of_their_counts():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    counts = [json.loads(path.read_text()) for path in sorted(ROOT.glob("egs/*/corpus.json"))]
    assert replace_block(text, "corpora", corpus_table(counts), "README.md") == text
