"""What the documents say was found is what the published scores say."""

import re
from pathlib import Path

import pytest
from findings_of_emodb import EMODB
from findings_of_nemo import NEMO

ROOT = Path(__file__).parent.parent
FINDINGS = [
    (recipe, sentence, holds)
    for recipe, findings in (("emodb", EMODB), ("nemo", NEMO))
    for sentence, holds in findings.items()
]


@pytest.mark.parametrize(
    ("recipe", "sentence", "holds"), FINDINGS, ids=[f"{r}: {s}" for r, s, _ in FINDINGS]
)
def test_a_finding_stands_in_the_readme_and_holds(recipe, sentence, holds):
    text = re.sub(r"\s+", " ", (ROOT / "egs" / recipe / "README.md").read_text())
    assert sentence in text
    assert holds()
