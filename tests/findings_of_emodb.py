"""Sentences of EmoDB's README, each with what must hold of the published scores."""

import numpy as np
from published import (
    best_ua,
    compared,
    difference,
    layers,
    of_each_fold,
    of_seeds,
    over_speakers,
    row,
    row_ua,
    scores,
    shown,
    ua,
    validation,
)


def ser_probe():
    return ua("emodb", "probe_whisper_base")


def fixed_epochs_cnn():
    return row_ua("fixed_epochs", "fbank")


EMODB = {
    "The linear probe** of Whisper base, or of the built-in states, which are its first layers, is "
    f"the one to use: {shown('emodb', 'probe_whisper_base')}. No decoder is better by half a "
    "point": lambda: best_ua("emodb", 4) - 0.5 < ser_probe() == ua("emodb", "probe_built_in"),
    "is better than openSMILE and than all small encoders**, by more than ten points of "
    "UA": lambda: ser_probe() - best_ua("emodb", 4, without_whisper=True) > 10,
    "no worse than people in the listening test": lambda: (
        ser_probe() >= 100 * row("upstreams", "people")["test"]["ua"]
    ),
    "8-bit weights lose nothing": lambda: ua("emodb", "probe_built_in") >= ser_probe(),
    "the last layer is nine points worse": lambda: (
        8.5 < ser_probe() - layers("emodb", "probe_whisper_base")["6"] < 9.5
    ),
    "choice by a fold's single validation speaker is worse than one by all of them": lambda: all(
        of_each_fold("emodb", name) < ua("emodb", name)
        for name in ("probe_whisper_base", "probe_built_in", "probe_whisper_base_30s")
    ),
    "the decoders keep the paper's order": lambda: (
        row_ua("table3_small_encoder", "RNN with attention, SpecAugment")
        > row_ua("table3_small_encoder", "RNN with pooling")
        > row_ua("table3_small_encoder", "MLP with pooling")
    ),
    "SpecAugment does harm": lambda: (
        difference("table3_small_encoder", "RNN with attention, no")[1] > 0
    ),
    "beats the ComParE functionals on the test speakers": lambda: all(
        one <= ua("emodb", "baseline_compare") + 0.1
        for one in (
            row_ua("study", "ASR encoder"),
            row_ua("study", "together"),
            row_ua("fixed_epochs", "together"),
            row_ua("sa2sr_trained_on", "ASR encoder, trained on"),
            ua("emodb", "frozen_asr_ctc_small"),
            ua("emodb", "frozen_asr_rnnt_small"),
        )
    ),
    "better than the functionals alone on validation, and not on the test speakers": lambda: (
        validation("study", "together", "compare_cnn") > ua("emodb", "baseline_compare", "valid")
        and row_ua("study", "together") < ua("emodb", "baseline_compare")
    ),
    "CNN's validation UA is ten points lower and equals its test UA, which is no worse": lambda: (
        9.5
        < validation("study", "fbank", "cnn_mean")
        - validation("fixed_epochs", "fbank", "cnn_batch_norm")
        < 11
        and abs(validation("fixed_epochs", "fbank", "cnn_batch_norm") - fixed_epochs_cnn()) < 0.5
        and fixed_epochs_cnn() >= row_ua("study", "fbank")
    ),
    "is no better than that of `asr_ctc_small` when it is frozen": lambda: (
        difference("sa2sr_frozen", "SA2SR encoder, frozen")[0] < 0
    ),
    "and worse when its training goes on": lambda: (
        difference("sa2sr_trained_on", "SA2SR encoder, trained on")[2] < 0
    ),
    "Training the encoder further gains more than any decoder on a frozen encoder": lambda: (
        row_ua("sa2sr_trained_on", "ASR encoder, trained on")
        > max(
            row_ua("fixed_epochs", "ASR encoder"),
            row_ua("study", "ASR encoder"),
            row_ua("table3_small_encoder", "RNN with attention, no"),
        )
    ),
}


def table3_ua(decoder, layer, specaug):
    """Mean UA of a row of Table 3 upon Whisper base, in percent."""
    name = f"{decoder}, {layer} layer, {'' if specaug else 'no '}SpecAugment"
    return row_ua("table3_whisper_base", name)


def valence(beginning):
    """Difference of a row's CCC of valence, the interval over speakers, and p."""
    found = row("sa2sr_valence_pairs", beginning)["difference"]["valence"]
    return *np.round([found["difference"], *found["ci95_speakers"]], 3), round(found["p_holm"], 3)


def gained(dimension):
    """CCC of a dimension after SA2SR less that after ASR, of each pair."""
    sa2sr, asr = (
        np.array(row("sa2sr_valence_pairs", name)["test"][dimension]["values"])
        for name in ("SA2SR", "ASR")
    )
    return sa2sr - asr


PAIRS = "sa2sr_whisper_base_pairs"
DECODERS = ATTENTION, RNN, MLP = "RNN with attention", "RNN with pooling", "MLP with pooling"
EMODB |= {
    "the layer that a probe chooses is better than the last one, which the paper takes, by nine "
    "points of UA or more": lambda: all(
        table3_ua(decoder, "best", specaug) - table3_ua(decoder, "last", specaug) > 9
        for specaug in (True, False)
        for decoder in DECODERS
    ),
    "SpecAugment costs nine points or more on the last layer** and more than four on the best "
    "one": lambda: all(
        table3_ua(decoder, layer, False) - table3_ua(decoder, layer, True) > points
        for layer, points in (("last", 9), ("best", 4))
        for decoder in DECODERS
    ),
    "mean pooling and an MLP are no worse than the RNN with attention, on either layer": lambda: (
        all(
            table3_ua(MLP, layer, False) > table3_ua(ATTENTION, layer, False) - 0.5
            for layer in ("best", "last")
        )
    ),
    "on the best one all three are within half a point": lambda: (
        np.ptp([table3_ua(decoder, "best", False) for decoder in DECODERS]) < 0.5
    ),
    "SA2SR − ASR is +0.8 points of UA, over speakers [−0.8, 2.0]; four of five such studies would "
    "see a true gain of 1.9. The pairs gain 2.9, −1.4 and 0.9": lambda: (
        [round(difference(PAIRS, "SA2SR")[0], 1), *over_speakers(PAIRS, "SA2SR").round(1)]
        == [0.8, -0.8, 2.0]
        and round(1.43 * np.ptp(over_speakers(PAIRS, "SA2SR")) / 2, 1) == 1.9
        and (of_seeds(PAIRS, "SA2SR") - of_seeds(PAIRS, "ASR")).round(1).tolist()
        == [2.9, -1.4, 0.9]
    ),
    "the SA2SR encoder is better than the ASR encoder, with intervals above zero and p = "
    "0.031": lambda: (
        difference("sa2sr_whisper_base", "SA2SR")[1] > 0
        and over_speakers("sa2sr_whisper_base", "SA2SR")[0] > 0
        and round(row("sa2sr_whisper_base", "SA2SR")["difference"]["ua"]["p_holm"], 3) == 0.031
    ),
    "which is larger than the gain": lambda: (
        of_seeds(PAIRS, "SA2SR").std(ddof=1) > difference("sa2sr_whisper_base", "SA2SR")[0]
    ),
    "the CCC of valence is 0.015 higher after SA2SR than after ASR (over speakers [0.004, 0.027], "
    "p = 0.007), and higher in each of the three pairs. Activation and dominance change by less "
    "than 0.005. But without either pre-training Whisper is 0.027 higher than after ASR": lambda: (
        valence("SA2SR") == (0.015, 0.004, 0.027, 0.007)
        and valence("encoder of neither")[0] == 0.027
        and (gained("valence") > 0).all()
        and all(abs(gained(name).mean()) < 0.005 for name in ("activation", "dominance"))
    ),
    "Whisper without either pre-training is as good as with them**, and its layer 3, which neither "
    "changes, is ten points better than all three": lambda: all(
        row_ua(PAIRS, "encoder of neither") > row_ua(PAIRS, trained)
        and ser_probe() - row_ua(PAIRS, trained) > 10
        for trained in ("ASR", "SA2SR")
    ),
}


def costs(condition, name="robustness_degraded_copies"):
    """Points of UA that a condition costs a probe of Whisper base on EmoDB."""
    found = {one["condition"]: one for one in scores("emodb", name)["test"]}
    return 100 * (found["clean"]["ua"]["pooled"] - found[condition]["ua"]["pooled"])


PLAIN = "robustness"
EMODB |= {
    "noise that is 10 dB weaker than the speech costs less than four points of UA and a telephone "
    "less than three": lambda: costs("noise10") < 4 and costs("telephone") < 3,
    "without copies such noise costs eleven, a room of half a second twenty-five, and noise as "
    "loud as the speech thirty-four": lambda: (
        [round(costs(one, PLAIN)) for one in ("noise10", "room", "noise0")] == [11, 25, 34]
    ),
    "Codecs, level and speed cost little in either case": lambda: all(
        costs(one, name) < 3.5
        for one in ("mulaw", "opus", "mp3", "level", "slow", "fast")
        for name in (PLAIN, "robustness_degraded_copies")
    ),
    "On the recordings as they are, training with copies costs nothing measurable": lambda: (
        scores("emodb", "robustness_degraded_copies")["test"][0]["ua"]["pooled"]
        >= scores("emodb", PLAIN)["test"][0]["ua"]["pooled"]
    ),
}


LORA = compared("emodb", "lora_whisper_base", "probe_whisper_base")
EMODB |= {
    f"two layers with LoRA reach {shown('emodb', 'lora_whisper_base')}, which is "
    "4.4 points below the probe, over speakers [−7.8, −1.0], p = 0.031": lambda: (
        [round(100 * one, 1) for one in (LORA.difference, *LORA.ci95_speakers)]
        == [-4.4, -7.8, -1.0]
        and round(LORA.p, 3) == 0.031
    ),
    "They are below it on the validation speakers, too": lambda: (
        ua("emodb", "lora_whisper_base", "valid") < ua("emodb", "probe_whisper_base", "valid")
    ),
}


TABLE2 = "table2_whisper_base"
CNN, BOTH, LAST = "acoustic, CNN", "acoustic + text", "end-to-end ASR, RNN with attention, last"
BEST = "end-to-end ASR, RNN with attention, best"
EMODB |= {
    "the RNN with attention reaches UA 84.5 on the last layer and 94.8 on the best one, a CNN on "
    "fbank 72.1": lambda: (
        [round(row_ua(TABLE2, name), 1) for name in (LAST, BEST, CNN)] == [84.5, 94.8, 72.1]
    ),
    "no better than ComParE functionals with an SVM (85.4)": lambda: (
        row_ua(TABLE2, LAST)
        < row_ua(TABLE2, "acoustic, ComParE")
        == ua("emodb", "baseline_compare")
    ),
    "transcripts add nothing to the CNN**: −0.3 points, over speakers [−5.1, 4.7]. Whisper's WER "
    "is 11.5 %": lambda: (
        [round(difference(TABLE2, BOTH)[0], 1), *over_speakers(TABLE2, BOTH).round(1)]
        == [-0.3, -5.1, 4.7]
        and round(100 * scores("emodb", "asr_whisper_base")["test"]["wer"]["pooled"], 1) == 11.5
    ),
    "People reach UA 93.5 in the listening test**: the best layer is no worse": lambda: (
        row_ua(TABLE2, BEST) >= 100 * row(TABLE2, "people")["test"]["ua"] > 93.4
    ),
}
