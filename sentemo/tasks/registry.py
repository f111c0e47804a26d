"""Our classes under their own names among ESPnet's choices.

Called when `sentemo.tasks` is imported, so that processes which ESPnet spawns see them too.
After that, ESPnet's own commands can load our checkpoints as well.
"""

from espnet2.tasks import asr

from sentemo.models.ctc import CTCModel
from sentemo.models.sa2sr import SentimentAwareCTC, SentimentAwareTransducer
from sentemo.models.transducer import TransducerModel
from sentemo.modules.encoders.blstm import BLSTMEncoder
from sentemo.modules.encoders.conv import ConvEncoder
from sentemo.modules.encoders.conv_blstm import ConvBLSTMEncoder
from sentemo.modules.frame_stacking import FrameStacking
from sentemo.modules.frontend import HuggingFaceSSLFrontend
from sentemo.modules.normalisation import MaskedUtteranceMVN
from sentemo.modules.specaug import KeyedSpecAug

ADDED = (
    (asr.frontend_choices, "huggingface_ssl", HuggingFaceSSLFrontend),
    (asr.specaug_choices, "keyed_specaug", KeyedSpecAug),
    (asr.normalize_choices, "masked_utterance_mvn", MaskedUtteranceMVN),
    (asr.preencoder_choices, "frame_stacking", FrameStacking),
    (asr.encoder_choices, "blstm", BLSTMEncoder),
    (asr.encoder_choices, "conv", ConvEncoder),
    (asr.encoder_choices, "conv_blstm", ConvBLSTMEncoder),
    (asr.model_choices, "ctc", CTCModel),
    (asr.model_choices, "transducer", TransducerModel),
    (asr.model_choices, "sa2sr_ctc", SentimentAwareCTC),
    (asr.model_choices, "sa2sr_transducer", SentimentAwareTransducer),
)


def register() -> None:
    """Add our classes to ESPnet's choices, with the type check that plain assignment skips."""
    for choices, name, cls in ADDED:
        if choices.base_type is not None and not issubclass(cls, choices.base_type):
            raise TypeError(f"{cls.__name__} is no {choices.base_type.__name__}")
        choices.classes[name] = cls
