"""Each kind of ``scores.json`` has its schema."""

from collections.abc import Mapping
from typing import Any

from sentemo.scoring.schemas.classes import ClassScores, DimensionScores
from sentemo.scoring.schemas.elsewhere import CrossCorpusScores, RobustnessScores
from sentemo.scoring.schemas.study import StudyScores
from sentemo.scoring.schemas.text import TextScores
from sentemo.scoring.schemas.transcripts import TranscriptScores

CROSS_CORPUS, ROBUSTNESS = "cross_corpus", "robustness"
SCORES: dict[str, Any] = {
    "ser": ClassScores,
    CROSS_CORPUS: CrossCorpusScores,
    ROBUSTNESS: RobustnessScores,
    "asr": TranscriptScores,
    "study": StudyScores,
    "text_sentiment": TextScores,
}


def schema_of_scores(found: Mapping[str, Any]) -> Any:
    """Return the schema of a ``scores.json`` by its kind and content; None for an unknown kind."""
    if found.get("kind") == "ser" and "dimensions" in found and "test" not in found:
        return DimensionScores
    return SCORES.get(str(found.get("kind")))
