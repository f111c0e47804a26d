"""Sentences of nEMO's README, each with what must hold of the published scores."""

from published import best_ua, compared, shown, ua

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
