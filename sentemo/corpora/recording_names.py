"""File names of known corpora name the speaker, and some of them the sentence.

The schemes are those of the corpora's own documentation; the names in the published lists of EmoBox
(github.com/emo-box/EmoBox) fit them. Corpora whose names say no speaker (MSP-Podcast, MELD) have no
scheme here.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sentemo.corpora import emodb, nemo
from sentemo.corpora.iemocap import UTTERANCE_NAME
from sentemo.corpora.iemocap_counts import FOUR_CLASS_COUNTS, RELEASE_COUNTS
from sentemo.data.kaldi import NO_AGREEMENT

Counts = Mapping[str, int]
NEARLY_ALL = 0.9  # of the names in a folder


@dataclass(frozen=True)
class NameScheme:
    """How the recordings of a corpus are named.

    Attributes
    ----------
    corpus
        Name of the corpus.
    pattern
        Regular expression of a name without its ending, with groups.
    example
        A name that it fits.
    speaker, sentence
        What is made of the groups: ``"{session}_{letter}"``; "" where names do not say a sentence.
    classes
        The class of each code of the group ``emotion``; empty where names do not say a class.
    published
        Numbers of recordings by class, of each published version of the corpus.
    """

    corpus: str
    pattern: str
    example: str
    speaker: str = "{speaker}"
    sentence: str = ""
    classes: Mapping[str, str] = field(default_factory=dict)
    published: Mapping[str, Counts] = field(default_factory=dict)


@dataclass(frozen=True)
class Named:
    """Parts of a recording's name; `recording` is that name, which is unique in its corpus.

    `sentence` and `label` are None where names of the corpus do not say them.
    """

    corpus: str
    recording: str
    speaker: str
    sentence: str | None
    label: str | None


def _codes(*codes: str) -> Mapping[str, str]:
    """Read ``("ANG angry", …)``: the class of each code."""
    return dict((code.split()[0], code.split()[1]) for code in codes)


def _each(number: int, classes: str, **others: int) -> Counts:
    return dict.fromkeys(classes.split(), number) | others


def _nemo_counts() -> Counts:
    found: Counter[str] = Counter()
    for (_, label), number in nemo.PUBLISHED_COUNTS.items():
        found[label] += number
    return found


def _iemocap_counts() -> Mapping[str, Counts]:
    classes = FOUR_CLASS_COUNTS["all"].keys() & RELEASE_COUNTS.keys()
    totals = ("utterances", "scripted", "improvised", NO_AGREEMENT)
    return {
        "excited as happy": {name: FOUR_CLASS_COUNTS["all"][name] for name in sorted(classes)},
        "release": {name: n for name, n in RELEASE_COUNTS.items() if name not in totals},
    }


_FIVE = "angry disgusted fearful happy sad"
SCHEMES = (
    NameScheme(
        "EmoDB",
        rf"(?P<speaker>{'|'.join(emodb.GENDERS)})(?P<sentence>{'|'.join(emodb.TEXTS)})"
        rf"(?P<emotion>[{''.join(emodb.EMOTION_OF_LETTER)}])[a-z]",
        "03a01Fa",
        sentence="{sentence}",
        classes=emodb.EMOTION_OF_LETTER,
        published={"release": emodb.PUBLISHED_COUNTS},
    ),
    NameScheme(
        "nEMO",
        rf"(?P<speaker>{'|'.join(nemo.GENDER_AND_AGE)})"
        rf"_(?P<emotion>{'|'.join(nemo.LABEL_OF_EMOTION)})_(?P<sentence>[1-9]\d?)",
        "EB0_anger_1",
        sentence="{sentence}",
        classes=nemo.LABEL_OF_EMOTION,
        published={"release": _nemo_counts()},
    ),
    NameScheme(
        "IEMOCAP",
        UTTERANCE_NAME.pattern,
        "Ses01F_impro01_M003",
        speaker="{session}_{letter}",
        published=_iemocap_counts(),
    ),
    NameScheme(
        "RAVDESS",
        r"0[1-3]-0[12]-(?P<emotion>0[1-8])-0[12]-(?P<sentence>0[12])-0[12]-(?P<speaker>[012]\d)",
        "03-01-05-01-02-01-18",
        sentence="{sentence}",
        classes=_codes(
            *("01 neutral", "02 calm", "03 happy", "04 sad"),
            *("05 angry", "06 fearful", "07 disgusted", "08 surprised"),
        ),
        published={
            "speech": _each(192, f"{_FIVE} calm surprised", neutral=96),
            "songs": _each(184, "angry calm fearful happy sad", neutral=92),
            "speech and songs": _each(
                376, "angry calm fearful happy sad", neutral=188, disgusted=192, surprised=192
            ),
        },
    ),
    NameScheme(
        "CREMA-D",
        r"(?P<speaker>1[0-9]{3})_(?P<sentence>[A-Z]{3})_(?P<emotion>[A-Z]{3})_[A-Z]{1,2}",
        "1074_IWL_ANG_XX",
        sentence="{sentence}",
        classes=_codes(
            *("ANG angry", "DIS disgusted", "FEA fearful"),
            *("HAP happy", "NEU neutral", "SAD sad"),
        ),
        published={"release": _each(1271, _FIVE, neutral=1087)},
    ),
    NameScheme(
        "TESS",
        r"(?P<speaker>[OY]A)F?_(?P<sentence>[a-z]+)_(?P<emotion>[a-z]+)",  # one is of "OA"
        "YAF_tire_fear",
        speaker="{speaker}F",
        sentence="{sentence}",
        classes=_codes(
            *("angry angry", "disgust disgusted", "fear fearful", "happy happy"),
            *("neutral neutral", "ps surprised", "sad sad"),
        ),
        published={"release": _each(400, f"{_FIVE} neutral surprised")},
    ),
    NameScheme(
        "SAVEE",
        r"(?P<speaker>DC|JE|JK|KL)[_/](?P<emotion>sa|su|a|d|f|h|n)\d\d",
        "DC_n25",
        classes=_codes(
            *("a angry", "d disgusted", "f fearful", "h happy"),
            *("n neutral", "sa sad", "su surprised"),
        ),
        published={"release": _each(60, f"{_FIVE} surprised", neutral=120)},
    ),
    NameScheme(
        "EMOVO",
        r"(?P<emotion>dis|gio|neu|pau|rab|sor|tri)-(?P<speaker>[fm][123])-(?P<sentence>[bdln]\d)",
        "tri-m3-n2",
        sentence="{sentence}",
        classes=_codes(
            *("dis disgusted", "gio happy", "neu neutral", "pau fearful"),
            *("rab angry", "sor surprised", "tri sad"),
        ),
        published={"release": _each(84, f"{_FIVE} neutral surprised")},
    ),
    NameScheme(
        "SUBESCO",
        r"(?P<speaker>[FM]_\d\d)_[A-Z]+_S_(?P<sentence>\d+)_(?P<emotion>[A-Z]+)_\d",
        "F_10_FAHMEE_S_6_FEAR_5",
        sentence="{sentence}",
        classes=_codes(
            *("ANGRY angry", "DISGUST disgusted", "FEAR fearful", "HAPPY happy"),
            *("NEUTRAL neutral", "SAD sad", "SURPRISE surprised"),
        ),
        published={"release": _each(1000, f"{_FIVE} neutral surprised")},
    ),
    NameScheme(
        "ShEMO",
        r"(?P<speaker>[FM]\d\d)(?P<emotion>[AFHNSW])\d\d",
        "F02S05",
        classes=_codes(
            *("A angry", "F fearful", "H happy", "N neutral", "S sad", "W surprised"),
        ),
        published={
            "release": {
                **{"angry": 1059, "fearful": 38, "happy": 201},
                **{"neutral": 1028, "sad": 449, "surprised": 225},
            }
        },
    ),
    NameScheme(
        "JL corpus",
        r"(?P<speaker>(?:fe)?male[12])_[a-z]+_(?P<sentence>\d+[ab])_[12]",
        "female1_apologetic_15b_2",
        sentence="{sentence}",
    ),
    NameScheme(
        "CaFE",
        r"(?P<speaker>\d\d)-(?P<emotion>[CDJNPST])(?:-[12])?-(?P<sentence>[1-6])",
        "01-P-1-5",
        sentence="{sentence}",
        classes=_codes(
            *("C angry", "D disgusted", "J happy", "N neutral"),
            *("P fearful", "S surprised", "T sad"),
        ),
        published={"release": _each(144, f"{_FIVE} surprised", neutral=72)},
    ),
    NameScheme(
        "eNTERFACE'05",
        r"s_?(?P<speaker>\d+)_(?P<emotion>an|di|fe|ha|sa|su)_(?P<sentence>[1-5])",
        "s19_an_1",
        sentence="{emotion}_{sentence}",  # every emotion has sentences of its own
        classes=_codes(
            *("an angry", "di disgusted", "fe fearful", "ha happy", "sa sad", "su surprised"),
        ),
    ),
    NameScheme(
        "ESD",
        r"(?P<speaker>00(?:0[1-9]|1\d|20))_\d{6}",
        "0011_000351",
        published={"release": _each(7000, "angry happy neutral sad surprised")},
    ),
    NameScheme(
        "AESDD",
        r"(?P<emotion>[adfhs])\d\d ?\(0?(?P<speaker>\d)\)",
        "f09 (1)",
        classes=_codes("a angry", "d disgusted", "f fearful", "h happy", "s sad"),
    ),
)
_COMPILED = [(re.compile(rf"(?:^|/)(?P<name>{scheme.pattern})$"), scheme) for scheme in SCHEMES]


def read_names(files: Iterable[str]) -> dict[str, Named | None]:
    """Read the names of recordings by the schemes that they fit.

    A few files of another corpus may fit a scheme by accident. Names are read only in folders where
    nearly all fit one.

    Parameters
    ----------
    files
        Paths, with ``/`` between folders.

    Returns
    -------
    dict
        By path; None where it is no name of a corpus in `SCHEMES`.
    """
    of_folder: dict[str, dict[str, Named | None]] = defaultdict(dict)
    for file in files:
        of_folder[file.rpartition("/")[0]][file] = _read_name(file)
    found: dict[str, Named | None] = {}
    for names in of_folder.values():
        fitting = sum(named is not None for named in names.values())
        found |= names if fitting >= NEARLY_ALL * len(names) else dict.fromkeys(names)
    return found


def _read_name(file: str) -> Named | None:
    folder, slash, name = file.rpartition("/")
    path = folder + slash + re.sub(r"\.\w+$", "", name)
    for pattern, scheme in _COMPILED:
        if (match := pattern.search(path)) is None:
            continue
        groups = match.groupdict()
        code = groups.get("emotion")
        if scheme.classes and code not in scheme.classes:
            continue
        return Named(
            corpus=scheme.corpus,
            recording=match["name"],
            speaker=scheme.speaker.format(**groups),
            sentence=scheme.sentence.format(**groups) or None,
            label=scheme.classes[code] if code else None,
        )
    return None


def speakers_in_names(files: Iterable[str]) -> tuple[dict[str, str], list[str]]:
    """Return the speaker of each file, and the known corpora whose names these are.

    There are none where a name is that of no known corpus. Paths are those of `read_names`.
    """
    names = read_names(files)
    corpora = sorted({named.corpus for named in names.values() if named})
    if None in names.values():
        return {}, []
    prefixes = {corpus: f"{corpus} " * (len(corpora) > 1) for corpus in corpora}
    speakers = {
        file: prefixes[named.corpus] + named.speaker for file, named in names.items() if named
    }
    return speakers, corpora


def published_counts(corpus: str) -> Mapping[str, Counts]:
    """Return the numbers of recordings by class, of each published version of a corpus."""
    return next(scheme.published for scheme in SCHEMES if scheme.corpus == corpus)
