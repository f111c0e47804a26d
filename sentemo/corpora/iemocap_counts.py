"""Published counts of IEMOCAP's release, and of its four usual classes."""

from sentemo.data.kaldi import NO_AGREEMENT

RELEASE_COUNTS = {
    "utterances": 10039,
    "scripted": 5255,
    "improvised": 4784,
    NO_AGREEMENT: 2507,
    "frustrated": 1849,
    "neutral": 1708,
    "angry": 1103,
    "sad": 1084,
    "excited": 1041,
    "happy": 595,
    "surprised": 107,
    "fearful": 40,
    "other": 3,
    "disgusted": 2,
}
# Counts of the four usual classes, by subset.
FOUR_CLASS_COUNTS = {
    "all": {
        **{"neutral": 1708, "happy": 1636, "angry": 1103, "sad": 1084},
        **{"Ses01": 1085, "Ses02": 1023, "Ses03": 1151, "Ses04": 1031, "Ses05": 1241},
        **{"Ses01_F": 528, "Ses02_F": 481, "Ses03_F": 522, "Ses04_F": 528, "Ses05_F": 590},
        **{"Ses01_M": 557, "Ses02_M": 542, "Ses03_M": 629, "Ses04_M": 503, "Ses05_M": 651},
    },
    "improvised": {"neutral": 1099, "happy": 947, "sad": 608, "angry": 289},
}
