"""Sentences of nEMO's README, each with what must hold of the published scores."""

import numpy as np
from published import (
    best_ua,
    compared,
    difference,
    of_seeds,
    over_speakers,
    row,
    row_ua,
    shown,
    ua,
)

NEMO = {
    "The best configuration is the decoder of Lu et al.** on the layer that each fold's validation "
    f"chose: {shown('nemo', 'states_whisper_base')}": lambda: (
        best_ua("nemo", 6) == ua("nemo", "states_whisper_base")
    ),
    f"reaches {shown('nemo', 'probe_whisper_base')}; nine speakers do not show that the decoder is "
    "better (exchanging what the two say of a speaker, p = 0.11)": lambda: (
        round(compared("nemo", "states_whisper_base", "probe_whisper_base").p, 2) == 0.11
    ),
}


def table3_ua(decoder, layer):
    """UA of a row of Table 3 without SpecAugment, in percent."""
    return row_ua(TABLE3, f"{decoder}, {layer} layer, no", "nemo")


def gained(name, beginning):
    """Difference of a row's UA from the first row's in points, with its interval over speakers."""
    found = difference(name, beginning, "nemo")[0], *over_speakers(name, beginning, "nemo")
    return np.round(found, 1).tolist()


def p_of(name, beginning, corrected=True):
    found = row(name, beginning, "nemo")["difference"]["ua"]
    return found["p_holm" if corrected else "p"]


TABLE3 = "table3_whisper_base"
DECODERS = ATTENTION, RNN, MLP = "RNN with attention", "RNN with pooling", "MLP with pooling"
NEMO |= {
    "with each decoder, the layer that a probe chooses is better than the last one, which the "
    "paper takes, by more than seven points of UA; with attention by 7.6, over speakers [4.1, "
    "10.6], p = 0.039": lambda: (
        all(table3_ua(one, "best") - table3_ua(one, "last") > 7 for one in DECODERS)
        and gained(TABLE3, f"{ATTENTION}, best layer, no") == [7.6, 4.1, 10.6]
        and round(p_of(TABLE3, f"{ATTENTION}, best layer, no"), 3) == 0.039
    ),
    "an MLP upon the mean of the states is within a point of the RNN with attention, on either "
    "layer; on the last one the difference is −0.2, over speakers [−2.8, 2.2]": lambda: (
        all(
            abs(table3_ua(MLP, layer) - table3_ua(ATTENTION, layer)) < 1
            for layer in ("best", "last")
        )
        and gained(TABLE3, f"{MLP}, last layer, no") == [-0.2, -2.8, 2.2]
    ),
}


PAIRS = "sa2sr_whisper_base_pairs"
NEMO |= {
    "SA2SR − ASR is +0.6 points of UA**, over speakers [0.1, 1.3]; each pair gains (0.6, 0.4 and "
    "0.9)": lambda: (
        gained(PAIRS, "SA2SR") == [0.6, 0.1, 1.3]
        and (of_seeds(PAIRS, "SA2SR", "nemo") - of_seeds(PAIRS, "ASR", "nemo")).round(1).tolist()
        == [0.6, 0.4, 0.9]
    ),
    "p = 0.07, and 0.14 after Holm's correction. Four of five such studies would see a true gain "
    "of 0.9": lambda: (
        round(p_of(PAIRS, "SA2SR", corrected=False), 2) == 0.07
        and round(p_of(PAIRS, "SA2SR"), 2) == 0.14
        and round(1.43 * np.ptp(over_speakers(PAIRS, "SA2SR", "nemo")) / 2, 1) == 0.9
    ),
    "0.9 points above the ASR encoder, over speakers [0.1, 1.9]": lambda: (
        gained(PAIRS, "encoder of neither") == [0.9, 0.1, 1.9]
    ),
}
