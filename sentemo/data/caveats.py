"""Notes on data that limit what a result says: synthetic, partial, or not disjoint in speakers."""

from collections.abc import Sequence

from sentemo.core.errors import LEFT_OUT

SYNTHETIC = "a synthetic look-alike, not the corpus"
PARTIAL = "differs from"
NOT_DISJOINT = "not speaker-disjoint"
MAYBE_NOT_DISJOINT = "speakers may be on two sides"
SAME_VOICES = "the same voices are trained on and tested"

HEADINGS = {
    "Synthetic data": (SYNTHETIC,),
    "Partial corpus": (PARTIAL, LEFT_OUT),
    "Speakers are not disjoint": (NOT_DISJOINT, MAYBE_NOT_DISJOINT, SAME_VOICES),
}


def caveats(notes: Sequence[str]) -> dict[str, list[str]]:
    """Return the notes that limit what a result says, by heading, without empty headings.

    The other notes, such as on the rate of recordings, describe data and limit nothing.
    """
    found = {
        heading: [note for note in notes if any(phrase in note for phrase in phrases)]
        for heading, phrases in HEADINGS.items()
    }
    return {heading: some for heading, some in found.items() if some}
