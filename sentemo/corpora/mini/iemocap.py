"""A look-alike of IEMOCAP: five sessions of two actors, with the traps of the release."""

import random
from collections import Counter
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from sentemo.core.errors import SentemoError
from sentemo.corpora.iemocap import ALIGNMENTS, EVALUATIONS, TRANSCRIPTS, WAVS
from sentemo.corpora.iemocap_texts import ALIGNMENT_FRAMES_PER_SECOND
from sentemo.corpora.iemocap_votes import CLASS_OF_CODE, VOTE_WORDS
from sentemo.corpora.mini.english import SPEAKERS, Line, draw_line
from sentemo.corpora.mini.speech import RESOURCE_FILE, SAMPLE_RATE, Speaker, speak
from sentemo.data.kaldi import NO_AGREEMENT

if TYPE_CHECKING:
    import numpy as np

# The first letter is that of the actor with the motion capture.
DIALOGUES = ("F_impro01", "M_script02_2", "M_impro05a", "F_script01_1")
ACTED_EMOTIONS = ("angry", "happy", "sad", "neutral")
TAGS = {"happy": "[LAUGHTER]", "sad": "[BREATHING]"}
EVALUATORS = ("E1", "E2", "E4")
CODE_OF_CLASS = {name: code for code, name in CLASS_OF_CODE.items()}
VOTE_WORD_OF_CLASS = {name: word.capitalize() for word, name in VOTE_WORDS.items()}
LABEL_FILE_HEADER = "% [START_TIME - END_TIME] TURN_NAME EMOTION [V, A, D]"
BEGINNING, PAUSE = 6.0, 0.4  # seconds before the first turn, and between two


@dataclass(frozen=True)
class IEMOCAPUtterance:
    """A planned utterance: its name, class, sentence, transcript, and annotations.

    `votes` has the classes of each evaluator, then those of the actor. `ratings` has activation,
    valence and dominance from each of two evaluators.
    """

    name: str
    label: str
    line: Line
    transcript: str
    votes: tuple[tuple[str, ...], ...]
    ratings: tuple[tuple[int, ...], ...]

    @property
    def dialogue(self) -> str:
        """Return the dialogue's name."""
        return self.name.rpartition("_")[0]


def plan(seed: int, per_speaker: int) -> list[IEMOCAPUtterance]:
    """Draw the utterances of a look-alike of IEMOCAP, sorted by dialogue and turn.

    Parameters
    ----------
    seed
        Seed of texts, annotations and prosody.
    per_speaker
        Utterances of each of the 10 speakers, divided evenly among the four classes, 4 to 100.
        Happy utterances are labelled happy and excited in turn. Women have one more utterance
        without agreement, men one more that is frustrated.

    Raises
    ------
    SentemoError
        When `per_speaker` is out of range.
    """
    if not len(ACTED_EMOTIONS) <= per_speaker <= 100:
        raise SentemoError(f"--per_speaker {per_speaker}: 4 (one of each emotion) to 100")
    planned = []
    for number, speaker in enumerate(SPEAKERS):
        session, letter = f"Ses0{number // 2 + 1}", "MF"[number % 2]
        planned += _plan_speaker(session, letter, speaker, seed, per_speaker)
    return sorted(planned, key=lambda u: (u.dialogue, u.name[-3:], u.name))


def _plan_speaker(
    session: str, letter: str, speaker: Speaker, seed: int, per_speaker: int
) -> list[IEMOCAPUtterance]:
    draw = random.Random(f"iemocap {seed} {session}_{letter}")
    turns: Counter[str] = Counter()
    planned = []

    def add(dialogue: str, label: str, emotion: str) -> None:
        name = f"{session}{dialogue}_{letter}{turns[dialogue]:03}"
        turns[dialogue] += 1
        line = draw_line(emotion, speaker, draw)
        tag = f"{TAGS[emotion]} " if emotion in TAGS and draw.random() < 0.4 else ""
        votes, ratings = _draw_votes(label, draw), _draw_ratings(line, draw)
        planned.append(IEMOCAPUtterance(name, label, line, tag + line.text, votes, ratings))

    if letter == "F":
        add(DIALOGUES[0], NO_AGREEMENT, "neutral")
    else:
        add(DIALOGUES[2], "frustrated", "angry")
    for index in range(per_speaker):
        # Each round of emotions begins with the next dialogue, so that all dialogues have all.
        turn, place = divmod(index, len(ACTED_EMOTIONS))
        emotion = ACTED_EMOTIONS[place]
        excited = emotion == "happy" and (turn + (letter == "F")) % 2
        dialogue = DIALOGUES[(index + turn) % len(DIALOGUES)]
        add(dialogue, "excited" if excited else emotion, emotion)
    return planned


def _draw_votes(label: str, draw: random.Random) -> tuple[tuple[str, ...], ...]:
    others = sorted(VOTE_WORD_OF_CLASS.keys() - {label})
    actor = (draw.choice(others),)
    if label == NO_AGREEMENT:
        return (*((other,) for other in draw.sample(others, len(EVALUATORS))), actor)
    second = (label, draw.choice(others)) if draw.random() < 0.3 else (label,)
    third = (draw.choice(others),) if draw.random() < 0.4 else (label,)
    votes = [(label,), second, third]
    draw.shuffle(votes)
    return (*votes, actor)


def _draw_ratings(line: Line, draw: random.Random) -> tuple[tuple[int, ...], ...]:
    dimensions = (line.activation, line.valence, line.dominance)
    return tuple(
        tuple(min(max(round(draw.gauss(1 + 4 * value, 0.4)), 1), 5) for value in dimensions)
        for _ in range(2)
    )


def build(dest: Path, seed: int, per_speaker: int) -> str:
    """Fill the empty directory `dest` with a look-alike of IEMOCAP, and return a summary.

    Parameters and errors are those of `plan`.
    """
    import soundfile

    planned = plan(seed, per_speaker)
    numbers = {utterance.name: number for number, utterance in enumerate(planned)}
    seconds = 0.0
    for dialogue, utterances in groupby(planned, key=lambda u: u.dialogue):
        session = dest / f"Session{dialogue[4]}"
        for part in (WAVS, ALIGNMENTS):
            (session / part / dialogue).mkdir(parents=True)
        clock, turns = BEGINNING, []
        for utterance in utterances:
            line, name = utterance.line, utterance.name
            speech = speak(line.text, line.voice, line.prosody, (seed, numbers[name]))
            wav = session / WAVS / dialogue / f"{name}.wav"
            soundfile.write(wav, speech, SAMPLE_RATE, subtype="PCM_16")
            if utterance is not planned[-1]:  # the last one has no alignment, as in the release
                alignment = session / ALIGNMENTS / dialogue / f"{name}.wdseg"
                _write(alignment, _alignment(utterance, speech))
            turns.append((clock, clock + len(speech) / SAMPLE_RATE, utterance))
            clock = turns[-1][1] + PAUSE
            seconds += len(speech) / SAMPLE_RATE
        wav.with_name(f"._{wav.name}").write_bytes(RESOURCE_FILE)
        _write_labels(session / EVALUATIONS, dialogue, turns)
        _write(session / TRANSCRIPTS / f"{dialogue}.txt", _transcript(dialogue, turns, clock))
    return f"{len(planned)} utterances, {len(SPEAKERS)} speakers, {seconds / 3600:.2f} h"


TimedTurn = tuple[float, float, IEMOCAPUtterance]  # start and end in the dialogue, in seconds


def _write_labels(folder: Path, dialogue: str, turns: list[TimedTurn]) -> None:
    """Write a dialogue's label file, and those of single annotators, which parsers must skip."""
    blocks = [_block(start, end, utterance) for start, end, utterance in turns]
    _write(
        folder / f"{dialogue}.txt",
        [LABEL_FILE_HEADER, "", *(line for block in blocks for line in block)],
    )
    (folder / f"._{dialogue}.txt").write_bytes(RESOURCE_FILE)
    votes = [f"{utterance.name} :{VOTE_WORD_OF_CLASS['neutral']}; ()" for *_, utterance in turns]
    ratings = [f"{utterance.name} :act 3; :val 3; :dom  3; ()" for *_, utterance in turns]
    _write(folder / "Categorical" / f"{dialogue}_e1_cat.txt", votes)
    _write(folder / "Attribute" / f"{dialogue}_e1_atr.txt", ratings)
    _write(folder / "Self-evaluation" / f"{dialogue}_f1_atr.txt", ratings)


def _block(start: float, end: float, utterance: IEMOCAPUtterance) -> list[str]:
    activation, valence, dominance = (
        f"{sum(both) / len(both):.4f}" for both in zip(*utterance.ratings, strict=True)
    )
    code, actor = CODE_OF_CLASS[utterance.label], f"{utterance.name[-4]}{utterance.name[4]}"
    votes = [
        f"C-{annotator}:\t{' '.join(f'{VOTE_WORD_OF_CLASS[name]};' for name in chosen)}\t()"
        for annotator, chosen in zip((*EVALUATORS, actor), utterance.votes, strict=True)
    ]
    ratings = [
        f"A-{annotator}:\tval {v}; act {a}; dom  {d};\t(hard to tell, mumbles)"
        for annotator, (a, v, d) in zip(EVALUATORS[1:], utterance.ratings, strict=True)
    ]
    return [
        f"[{start:.4f} - {end:.4f}]\t{utterance.name}\t{code}"
        f"\t[{valence}, {activation}, {dominance}]",
        *votes,
        *ratings,
        f"A-{actor}:\tval 3; act 2; dom  ;\t()",
        "",
    ]


def _transcript(dialogue: str, turns: list[TimedTurn], clock: float) -> list[str]:
    """Return a dialogue's lines; the last two have no wav file."""
    lines = [
        f"{utterance.name} [{start:08.4f}-{end:08.4f}]: {utterance.transcript}"
        for start, end, utterance in turns
    ]
    letter = turns[-1][2].name[-4]
    unheard = f"{dialogue}_{letter}XX0 [{clock:08.4f}-{clock + 0.5:08.4f}]: Mm-hmm."
    return [*lines, unheard, f"{letter}: yeah"]


def _alignment(utterance: IEMOCAPUtterance, speech: "np.ndarray") -> list[str]:
    """Return the lines of an alignment in which all words are equally long."""
    tokens = ["<s>"]
    for word in utterance.transcript.split():
        plain = word.strip("[],.?").upper()
        tokens.append(f"++{plain}++" if word.startswith("[") else plain)
        if plain == "THE":
            tokens[-1] += "(2)"
        if word.endswith(","):
            tokens.append("<sil>")
    tokens.append("</s>")
    frames = len(speech) * ALIGNMENT_FRAMES_PER_SECOND // SAMPLE_RATE
    edges = [frames * number // len(tokens) for number in range(len(tokens) + 1)]
    lines = [
        f"{first:9d} {end - 1:7d} {-1000 * (end - first):10d} {token}"
        for first, end, token in zip(edges, edges[1:], tokens, strict=False)
    ]
    return ["\t SFrm\t EFrm\t  SegAScr Word", *lines, f" Total score: {-1000 * frames}"]


def _write(path: Path, lines: list[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8", newline="\n")
