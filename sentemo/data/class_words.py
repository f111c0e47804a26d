"""Words of others' lists and folders for classes, by the words of this project."""

WORDS_OF_CLASS = {
    "angry": "ang anger",
    "bored": "boredom",
    "disgusted": "dis disgust",
    "excited": "exc",
    "fearful": "fea fear",
    "frustrated": "fru",
    "happy": "hap happiness joy",
    "neutral": "neu",
    "other": "oth",
    "sad": "sadness",
    "surprised": "sur surprise",
}
_CLASS_OF_WORD = {
    word: label for label, words in WORDS_OF_CLASS.items() for word in (label, *words.split())
}


def class_of_word(label: str) -> str | None:
    """Return the class that a label of a list means: ``angry`` for ``ang``; None if not known."""
    return _CLASS_OF_WORD.get(label.lower())
