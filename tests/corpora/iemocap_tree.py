"""Helpers for the tests of IEMOCAP's parser: its layout on disk, written by hand."""

from sentemo.corpora.iemocap import parse_iemocap

FOUR = ["neutral", "happy", "sad", "angry"]
HEADER = "% [START_TIME - END_TIME] TURN_NAME EMOTION [V, A, D]\n\n"
VOTES = "C-E1:\tAnger;\t()\nC-E3:\tAnger; Frustration;\t(loud; angry)\nC-F1:\tNeutral state;\t()\n"
RATINGS = "A-E3:\tval 2; act 4; dom  4;\t()\nA-F1:\tval 3; act 2; dom  ;\t()\n"
ALIGNMENT_HEADER = "\t SFrm\t EFrm\t  SegAScr Word\n"


def block(name, code="ang", means="1.5000, 4.0000, 4.5000", votes=VOTES):
    return f"[140.2250 - 145.6000]\t{name}\t{code}\t[{means}]\n{votes}{RATINGS}\n"


def add(root, name, labels=None, text="Excuse me.", alignment=None):
    """Add an utterance to the release, with an empty wav file, as the parser reads no audio."""
    session, dialogue = root / f"Session{name[4]}", name.rpartition("_")[0]
    wav = session / f"sentences/wav/{dialogue}/{name}.wav"
    wav.parent.mkdir(parents=True, exist_ok=True)
    wav.touch()
    labels = block(name) if labels is None else labels
    append(session / f"dialog/EmoEvaluation/{dialogue}.txt", labels)
    line = "" if text is None else f"{name} [006.2901-008.2357]: {text}\n"
    append(session / f"dialog/transcriptions/{dialogue}.txt", line)
    if alignment is not None:
        append(session / f"sentences/ForcedAlignment/{dialogue}/{name}.wdseg", alignment)
    return wav


def append(file, text):
    file.parent.mkdir(parents=True, exist_ok=True)
    if not file.exists() and file.parent.name == "EmoEvaluation":
        text = HEADER + text
    with open(file, "a", encoding="utf-8", newline="") as stream:
        stream.write(text)


def parse(root, labels=FOUR, **options):
    return parse_iemocap(root, labels, **{"allow_partial": True, **options})


def ids(parsed):
    return sorted(utt.id for utt in parsed.utterances)
