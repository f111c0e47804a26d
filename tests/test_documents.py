"""The documents say what the results say."""

from pathlib import Path

import pytest

from sentemo.results import read_scores, render_tables, replace_block

ROOT = Path(__file__).parent.parent
RESULTS_OF = {
    "README.md": "egs/emodb/results",
    "egs/emodb/README.md": "egs/emodb/results",
    "egs/librispeech/README.md": "egs/librispeech/results",
}


@pytest.mark.parametrize(("readme", "results"), RESULTS_OF.items())
def test_the_tables_are_those_of_the_scores_files(readme, results):
    text = (ROOT / readme).read_text(encoding="utf-8")
    scores = read_scores(sorted((ROOT / results).glob("*.json")))
    assert scores
    assert replace_block(text, render_tables(scores), readme) == text
