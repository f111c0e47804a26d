"""Makes the result for a recording of the outputs of a network."""

from sentemo.data.dimensions import DIMENSIONS
from sentemo.data.word_times import Word
from sentemo.inference.answer_rules import AnswerRules
from sentemo.inference.answers import Outputs, SpeechEmotionResult, require_sound
from sentemo.inference.ctc_words import ctc_words
from sentemo.inference.description import Description
from sentemo.scoring.temperature import tempered

ALWAYS = AnswerRules()


def result_of(
    output: Outputs,
    described: Description,
    seconds: float,
    adapted_to: int = 0,
    rules: AnswerRules = ALWAYS,
) -> SpeechEmotionResult:
    """Return the result for a recording of so many seconds.

    Parameters
    ----------
    adapted_to
        Number of recordings that the model was adapted to.
    rules
        Rules by which the probabilities become an answer.

    Raises
    ------
    SentemoError
        When the outputs are not those that the description promises, or no numbers.
    """
    require_sound(output, described)
    shares: dict[str, float] = {}
    if output.probabilities is not None:
        found = output.probabilities
        if described.limits is not None:
            found = tempered(found, described.limits.temperature)
        shares = dict(zip(described.labels, found.tolist(), strict=True))
    dimensions: dict[str, float] = {}
    if output.dimensions is not None:
        dimensions = dict(zip(DIMENSIONS, output.dimensions.tolist(), strict=True))
    words: tuple[Word, ...] = ()
    if output.token_scores is not None:
        words = ctc_words(output.token_scores, described.tokens, described.frame_shift)
    return SpeechEmotionResult(
        label=rules.label_of(shares),
        class_set=rules.set_of(shares),
        probabilities=shares,
        dimensions=dimensions,
        attention=output.attention,
        frame_shift=described.frame_shift,
        start=0.0,
        end=seconds,
        transcript=" ".join(word.text for word in words) if described.tokens else None,
        words=words,
        embedding=output.embedding,
        adapted_to=adapted_to,
    )
