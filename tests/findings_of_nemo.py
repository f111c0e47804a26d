"""Sentences of nEMO's README, each with what must hold of the published scores."""

import numpy as np
from published import best_ua, compared, row, row_ua, shown, ua

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
    return row_ua("table3_whisper_base", f"{decoder}, {layer} layer, no", "nemo")


def from_attention(name):
    """Difference of a row of Table 3 from the RNN with attention on the last layer, over speakers.

    It has both ends of its interval in points, and p after Holm's correction.
    """
    found = row("table3_whisper_base", f"{name}, no SpecAugment", "nemo")["difference"]["ua"]
    points = [100 * one for one in (found["difference"], *found["ci95_speakers"])]
    return *np.round(points, 1), round(found["p_holm"], 3)


DECODERS = ATTENTION, RNN, MLP = "RNN with attention", "RNN with pooling", "MLP with pooling"
NEMO |= {
    "with each decoder, the layer that a probe chooses is better than the last one, which the "
    "paper takes, by more than seven points of UA; with attention by 7.6, over speakers [4.1, "
    "10.6], p = 0.039": lambda: (
        all(table3_ua(one, "best") - table3_ua(one, "last") > 7 for one in DECODERS)
        and from_attention(f"{ATTENTION}, best layer") == (7.6, 4.1, 10.6, 0.039)
    ),
    "an MLP upon the mean of the states is within a point of the RNN with attention, on either "
    "layer; on the last one the difference is −0.2, over speakers [−2.8, 2.2]": lambda: (
        all(
            abs(table3_ua(MLP, layer) - table3_ua(ATTENTION, layer)) < 1
            for layer in ("best", "last")
        )
        and from_attention(f"{MLP}, last layer")[:3] == (-0.2, -2.8, 2.2)
    ),
}


PAIRS = "sa2sr_whisper_base_pairs"


def from_asr(beginning):
    """Difference of UA from the ASR encoder in points with its interval over speakers."""
    found = row(PAIRS, beginning, "nemo")["difference"]["ua"]
    return [round(100 * one, 1) for one in (found["difference"], *found["ci95_speakers"])]


def of_pairs(beginning):
    """UA of a row with each pair of encoders, in percent."""
    return 100 * np.array(row(PAIRS, beginning, "nemo")["test"]["ua"]["values"])


SA2SR = row(PAIRS, "SA2SR", "nemo")["difference"]["ua"]
NEMO |= {
    "SA2SR − ASR is +0.6 points of UA**, over speakers [0.1, 1.3]; each pair gains (0.6, 0.4 and "
    "0.9)": lambda: (
        from_asr("SA2SR") == [0.6, 0.1, 1.3]
        and (of_pairs("SA2SR") - of_pairs("ASR")).round(1).tolist() == [0.6, 0.4, 0.9]
    ),
    "p = 0.07, and 0.14 after Holm's correction. Four of five such studies would see a true gain "
    "of 0.9": lambda: (
        [round(SA2SR["p"], 2), round(SA2SR["p_holm"], 2)] == [0.07, 0.14]
        and round(1.43 * 100 * np.ptp(SA2SR["ci95_speakers"]) / 2, 1) == 0.9
    ),
    "0.9 points above the ASR encoder, over speakers [0.1, 1.9]": lambda: (
        from_asr("encoder of neither") == [0.9, 0.1, 1.9]
    ),
}
