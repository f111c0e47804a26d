"""The classes that a configuration can name: ESPnet's under ESPnet's names, and ours.

Each is imported when it is chosen: ESPnet's own lists (`espnet2.tasks.asr`) import all of them,
with text-to-speech and self-supervised training, which takes ten seconds. A test compares these
lists with ESPnet's.
"""

import torch
from espnet2.asr.decoder.abs_decoder import AbsDecoder
from espnet2.asr.encoder.abs_encoder import AbsEncoder
from espnet2.asr.frontend.abs_frontend import AbsFrontend
from espnet2.asr.postencoder.abs_postencoder import AbsPostEncoder
from espnet2.asr.preencoder.abs_preencoder import AbsPreEncoder
from espnet2.asr.specaug.abs_specaug import AbsSpecAug
from espnet2.layers.abs_normalize import AbsNormalize
from espnet2.train.abs_espnet_model import AbsESPnetModel

from sentemo.modules.decoders.abs_decoder import AbsSentimentDecoder
from sentemo.tasks.lazy import LazyChoices

_FRONTENDS = "espnet2.asr.frontend"
_ENCODERS = "espnet2.asr.encoder"
_DECODERS = "espnet2.asr.decoder"

# Ours among the choices of ESPnet's ASR task, by the name of the choice.
OWN_CHOICES = {
    "frontend": {
        "huggingface_ssl": "sentemo.modules.frontend:HuggingFaceSSLFrontend",
        "raw_samples": "sentemo.modules.encoders.huggingface:RawSamples",
        "whisper_log_mel": "sentemo.modules.encoders.whisper:WhisperFrontend",
    },
    "specaug": {"keyed_specaug": "sentemo.modules.specaug:KeyedSpecAug"},
    "normalize": {"masked_utterance_mvn": "sentemo.modules.normalisation:MaskedUtteranceMVN"},
    "preencoder": {"frame_stacking": "sentemo.modules.frame_stacking:FrameStacking"},
    "encoder": {
        "blstm": "sentemo.modules.encoders.blstm:BLSTMEncoder",
        "conv": "sentemo.modules.encoders.conv:ConvEncoder",
        "conv_blstm": "sentemo.modules.encoders.conv_blstm:ConvBLSTMEncoder",
        "huggingface_layers": "sentemo.modules.encoders.huggingface:HuggingFaceEncoder",
        "whisper_layers": "sentemo.modules.encoders.whisper:WhisperEncoder",
    },
    "model": {
        "ctc": "sentemo.models.ctc:CTCModel",
        "transducer": "sentemo.models.transducer:TransducerModel",
        "sa2sr_ctc": "sentemo.models.sa2sr:SentimentAwareCTC",
        "sa2sr_transducer": "sentemo.models.sa2sr:SentimentAwareTransducer",
    },
}

frontend_choices = LazyChoices(
    "frontend",
    {
        "default": f"{_FRONTENDS}.default:DefaultFrontend",
        "sliding_window": f"{_FRONTENDS}.windowing:SlidingWindow",
        "s3prl": f"{_FRONTENDS}.s3prl:S3prlFrontend",
        "espnet_ssl": f"{_FRONTENDS}.espnet_ssl:ESPnetSSLFrontend",
        "fused": f"{_FRONTENDS}.fused:FusedFrontends",
        "whisper": f"{_FRONTENDS}.whisper:WhisperFrontend",
        "huggingface": f"{_FRONTENDS}.huggingface:HuggingFaceFrontend",
        "wav2vec_cnn": f"{_FRONTENDS}.cnn:CNNFrontend",
        **OWN_CHOICES["frontend"],
    },
    AbsFrontend,
    default="default",
)

specaug_choices = LazyChoices(
    "specaug",
    {"specaug": "espnet2.asr.specaug.specaug:SpecAug", **OWN_CHOICES["specaug"]},
    AbsSpecAug,
    optional=True,
)

normalize_choices = LazyChoices(
    "normalize",
    {
        "global_mvn": "espnet2.layers.global_mvn:GlobalMVN",
        "utterance_mvn": "espnet2.layers.utterance_mvn:UtteranceMVN",
        **OWN_CHOICES["normalize"],
    },
    AbsNormalize,
    default="utterance_mvn",
    optional=True,
)

preencoder_choices = LazyChoices(
    "preencoder",
    {
        "sinc": "espnet2.asr.preencoder.sinc:LightweightSincConvs",
        "linear": "espnet2.asr.preencoder.linear:LinearProjection",
        **OWN_CHOICES["preencoder"],
    },
    AbsPreEncoder,
    optional=True,
)

encoder_choices = LazyChoices(
    "encoder",
    {
        "conformer": f"{_ENCODERS}.conformer_encoder:ConformerEncoder",
        "transformer": f"{_ENCODERS}.transformer_encoder:TransformerEncoder",
        "transformer_multispkr": (f"{_ENCODERS}.transformer_encoder_multispkr:TransformerEncoder"),
        "contextual_block_transformer": (
            f"{_ENCODERS}.contextual_block_transformer_encoder:ContextualBlockTransformerEncoder"
        ),
        "contextual_block_conformer": (
            f"{_ENCODERS}.contextual_block_conformer_encoder:ContextualBlockConformerEncoder"
        ),
        "vgg_rnn": f"{_ENCODERS}.vgg_rnn_encoder:VGGRNNEncoder",
        "rnn": f"{_ENCODERS}.rnn_encoder:RNNEncoder",
        "wav2vec2": f"{_ENCODERS}.wav2vec2_encoder:FairSeqWav2Vec2Encoder",
        "hubert": f"{_ENCODERS}.hubert_encoder:FairseqHubertEncoder",
        "hubert_pretrain": f"{_ENCODERS}.hubert_encoder:FairseqHubertPretrainEncoder",
        "torchaudiohubert": f"{_ENCODERS}.hubert_encoder:TorchAudioHuBERTPretrainEncoder",
        "longformer": f"{_ENCODERS}.longformer_encoder:LongformerEncoder",
        "branchformer": f"{_ENCODERS}.branchformer_encoder:BranchformerEncoder",
        "whisper": f"{_ENCODERS}.whisper_encoder:OpenAIWhisperEncoder",
        "e_branchformer": f"{_ENCODERS}.e_branchformer_encoder:EBranchformerEncoder",
        "avhubert": f"{_ENCODERS}.avhubert_encoder:FairseqAVHubertEncoder",
        "multiconv_conformer": f"{_ENCODERS}.multiconvformer_encoder:MultiConvConformerEncoder",
        "beats": f"{_ENCODERS}.beats_encoder:BeatsEncoder",
        **OWN_CHOICES["encoder"],
    },
    AbsEncoder,
    default="rnn",
)

postencoder_choices = LazyChoices(
    "postencoder",
    {
        "hugging_face_transformers": (
            "espnet2.asr.postencoder.hugging_face_transformers_postencoder:"
            "HuggingFaceTransformersPostEncoder"
        ),
        "length_adaptor": (
            "espnet2.asr.postencoder.length_adaptor_postencoder:LengthAdaptorPostEncoder"
        ),
    },
    AbsPostEncoder,
    optional=True,
)

asr_decoder_choices = LazyChoices(
    "decoder",
    {
        "transformer": f"{_DECODERS}.transformer_decoder:TransformerDecoder",
        "lightweight_conv": (
            f"{_DECODERS}.transformer_decoder:LightweightConvolutionTransformerDecoder"
        ),
        "lightweight_conv2d": (
            f"{_DECODERS}.transformer_decoder:LightweightConvolution2DTransformerDecoder"
        ),
        "dynamic_conv": f"{_DECODERS}.transformer_decoder:DynamicConvolutionTransformerDecoder",
        "dynamic_conv2d": (
            f"{_DECODERS}.transformer_decoder:DynamicConvolution2DTransformerDecoder"
        ),
        "rnn": f"{_DECODERS}.rnn_decoder:RNNDecoder",
        "transducer": f"{_DECODERS}.transducer_decoder:TransducerDecoder",
        "mlm": f"{_DECODERS}.mlm_decoder:MLMDecoder",
        "whisper": f"{_DECODERS}.whisper_decoder:OpenAIWhisperDecoder",
        "hugging_face_transformers": (
            f"{_DECODERS}.hugging_face_transformers_decoder:HuggingFaceTransformersDecoder"
        ),
        "s4": f"{_DECODERS}.s4_decoder:S4Decoder",
        "linear_decoder": f"{_DECODERS}.linear_decoder:LinearDecoder",
    },
    AbsDecoder,
    optional=True,
)

asr_model_choices = LazyChoices(
    "model",
    {
        "espnet": "espnet2.asr.espnet_model:ESPnetASRModel",
        "maskctc": "espnet2.asr.maskctc_model:MaskCTCModel",
        "pit_espnet": "espnet2.asr.pit_espnet_model:ESPnetASRModel",
        **OWN_CHOICES["model"],
    },
    AbsESPnetModel,
    default="espnet",
)

# ESPnet's own base class of these stands in the module that would cost the time.
preprocessor_choices = LazyChoices(
    "preprocessor",
    {
        "default": "espnet2.train.preprocessor:CommonPreprocessor",
        "multi": "espnet2.train.preprocessor:CommonPreprocessor_multi",
    },
    object,
    default="default",
)

sentiment_decoder_choices = LazyChoices(
    "decoder",
    {
        "mlp_pooling": "sentemo.modules.decoders.mlp_pooling:MLPPoolingDecoder",
        "rnn_pooling": "sentemo.modules.decoders.rnn_pooling:RNNPoolingDecoder",
        "rnn_attention": "sentemo.modules.decoders.rnn_attention:RNNAttentionDecoder",
        "statistics_pooling": "sentemo.modules.decoders.statistics_pooling:StatisticsPooling",
        "emotion_regressor": "sentemo.modules.decoders.emotion_regressor:EmotionRegressor",
    },
    AbsSentimentDecoder,
    default="rnn_attention",
)

text_encoder_choices = LazyChoices(
    "text_encoder",
    {"rnn": "sentemo.modules.text_encoder:RNNTextEncoder"},
    torch.nn.Module,
    optional=True,
)

ser_model_choices = LazyChoices(
    "model", {"ser": "sentemo.models.ser:SpeechEmotionModel"}, AbsESPnetModel, default="ser"
)
