"""Dimensions in place of classes, by published means of the words for emotions: a proxy.

Nobody rated these recordings. Each utterance gets what Russell and Mehrabian's readers gave to the
word for its class (*Evidence for a three-factor theory of emotions*, Journal of Research in
Personality 11, 1977, pleasure, arousal and dominance from -1 to 1). All utterances of a class have
the same values, so that a CCC says how well classes are told apart along a dimension, and no more.
"""

from dataclasses import replace
from pathlib import Path

from sentemo.core.errors import Problems
from sentemo.data.preparation import read_prepared, write_data_dir

SCALE = "msp_podcast"  # from 1 to 7, on which the published values are written
MIDDLE, HALF = 4.0, 3.0
NOTE = "dimensions are a proxy: published means of the words for classes, which nobody rated here"
# Activation, valence and dominance, in the order of this package.
PUBLISHED = {
    "angry": (0.59, -0.51, 0.25),
    "bored": (-0.62, -0.65, -0.33),
    "disgusted": (0.35, -0.60, 0.11),
    "fearful": (0.60, -0.64, -0.43),
    "happy": (0.51, 0.81, 0.46),
    "neutral": (0.0, 0.0, 0.0),
    "sad": (-0.27, -0.63, -0.33),
    "surprised": (0.67, 0.40, -0.13),
}
NAMES = {  # of the same classes in other corpora
    "anger": "angry",
    "boredom": "bored",
    "disgust": "disgusted",
    "fear": "fearful",
    "happiness": "happy",
    "joy": "happy",
    "sadness": "sad",
    "surprise": "surprised",
}


def write_class_dimensions(source: Path, dest: Path) -> int:
    """Write a data directory with the dimensions of the classes of another one.

    Returns
    -------
    int
        The number of utterances.

    Raises
    ------
    SentemoError
        Naming the utterances whose class has no published values.
    """
    problems, utterances, corpus = Problems(str(source)), [], read_prepared(source)
    for utt in corpus.utterances:
        label = (utt.label or "").lower()
        values = PUBLISHED.get(NAMES.get(label, label))
        if values is None:
            problems.add("no published values of the class", utt.id, label or "no label")
            continue
        activation, valence, dominance = (MIDDLE + HALF * value for value in values)
        utterances.append(replace(utt, label=None, avd=(activation, valence, dominance)))
    problems.raise_if_any(f"Known classes are {', '.join(sorted({*PUBLISHED, *NAMES}))}.")
    name = f"{corpus.name or source.name}, dimensions by class"
    notes = [*corpus.notes, NOTE]
    write_data_dir(dest, replace(corpus, utterances=utterances, notes=notes, name=name))
    return len(utterances)
