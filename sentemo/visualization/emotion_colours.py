"""A fixed colour for each emotion, the same on every page and picture, by day and by night.

Bars of these colours have a contrast of 3 or more to the ground of their mode (WCAG 2).
"""

from collections.abc import Sequence

Colour = tuple[str, str]  # on a light and on a dark ground

# By the beginning of the label: corpora write happy, happiness, hap.
BY_STEM: dict[str, Colour] = {
    "hap": ("#b98200", "#f6ae06"),
    "joy": ("#b98200", "#f6ae06"),
    "positive": ("#b98200", "#f6ae06"),
    "exc": ("#de6312", "#f2985c"),
    "ang": ("#d9534a", "#f07f76"),
    "fru": ("#c76c83", "#da9dac"),
    "sad": ("#4f89d6", "#89b0e3"),
    "negative": ("#4f89d6", "#89b0e3"),
    "neu": ("#808995", "#a8aeb6"),
    "fea": ("#9f74d1", "#bea1e0"),
    "sur": ("#c565b5", "#d899ce"),
    "dis": ("#5c9732", "#77c042"),
    "bor": ("#9e845f", "#bdab91"),
    "con": ("#868e2f", "#abb53c"),
    "calm": ("#269888", "#30c1ae"),
}
OTHERS: tuple[Colour, ...] = (
    ("#269888", "#30c1ae"),
    ("#868e2f", "#abb53c"),
    ("#9e845f", "#bdab91"),
)


def emotion_colours(labels: Sequence[str]) -> list[Colour]:
    """Return the colours of labels; those of no known emotion get the remaining ones in order."""
    unknown = [label for label in labels if _known(label) is None]
    return [
        _known(label) or OTHERS[unknown.index(label) % len(OTHERS)]  # a label occurs once
        for label in labels
    ]


def _known(label: str) -> Colour | None:
    lower = label.lower()
    return next((colour for stem, colour in BY_STEM.items() if lower.startswith(stem)), None)
