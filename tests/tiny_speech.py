"""Tiny speech models with random weights, as Hugging Face Transformers builds and writes them."""

import torch
import transformers

SIZES = {
    "hidden_size": 16,
    "num_hidden_layers": 3,
    "num_attention_heads": 2,
    "intermediate_size": 16,
}
CONVOLUTIONS = {  # one state of 165 samples, another every 320
    "conv_dim": (8, 8, 8),
    "conv_kernel": (10, 8, 4),
    "conv_stride": (5, 8, 8),
    "num_conv_pos_embeddings": 4,
    "num_conv_pos_embedding_groups": 2,
}
OF_GROUP = {**CONVOLUTIONS, "feat_extract_norm": "group"}  # trained without attention masks
OF_LAYER = {**CONVOLUTIONS, "feat_extract_norm": "layer"}
STABLE = {**OF_LAYER, "do_stable_layer_norm": True}
# What their authors published, by kind: the type of the model and its settings.
KINDS = {
    "wav2vec 2.0 base": ("wav2vec2", OF_GROUP),
    "wav2vec 2.0 large": ("wav2vec2", STABLE),
    "HuBERT base": ("hubert", OF_GROUP),
    "HuBERT large": ("hubert", STABLE),
    "WavLM base": ("wavlm", OF_GROUP),
    "WavLM large": ("wavlm", STABLE),
    "data2vec": ("data2vec-audio", {**OF_LAYER, "conv_pos_kernel_size": 5}),
    "UniSpeech": ("unispeech", STABLE),
    "UniSpeech-SAT": ("unispeech-sat", STABLE),
    "Conformer": ("wav2vec2-conformer", OF_LAYER),
    "wav2vec2-BERT": ("wav2vec2-bert", {}),
}
WHISPER = {
    "d_model": 8,
    "encoder_layers": 3,
    "encoder_attention_heads": 2,
    "encoder_ffn_dim": 12,
    "decoder_attention_heads": 2,
    "decoder_layers": 1,
    "vocab_size": 20,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "decoder_start_token_id": 1,
}
SHORTEST = {"wav2vec2-bert": 560}  # samples for one state; of the others 165


def speech_model(kind, head=None, **changes):
    """Return a model of one of the kinds, bare or below a head such as ``ForCTC``."""
    model_type, settings = KINDS[kind]
    config = transformers.AutoConfig.for_model(model_type, **SIZES, **settings, **changes)
    torch.manual_seed(0)
    if head is None:
        return transformers.AutoModel.from_config(config).eval()
    prefix = type(config).__name__.removesuffix("Config")
    return getattr(transformers, prefix + head)(config).eval()


def extractor_of(kind, **changes):
    """Return what computes the input of a model of this kind."""
    model_type, settings = KINDS[kind]
    if model_type == "wav2vec2-bert":
        return transformers.SeamlessM4TFeatureExtractor(**changes)
    masked = settings["feat_extract_norm"] == "layer"
    return transformers.Wav2Vec2FeatureExtractor(return_attention_mask=masked, **changes)


def write_speech_model(path, kind, head=None, **changes):
    """Write a model and its feature extractor into a directory, and return the model."""
    model = speech_model(kind, head, **changes)
    model.save_pretrained(path)
    extractor_of(kind).save_pretrained(path)
    return model


@torch.no_grad()
def states_by_transformers(model, kind, signal):
    """Return Transformers' own output and hidden states of one signal, without padding."""
    extractor = extractor_of(kind)
    inputs = extractor(signal.numpy(), sampling_rate=16000, return_tensors="pt")
    found = model(**inputs, output_hidden_states=True)
    valid = None
    if "input_features" in inputs:
        valid = int(inputs["attention_mask"].sum())
    layers = [layer[0, :valid] for layer in found.hidden_states]
    return found.last_hidden_state[0, :valid], layers


def noise(*samples):
    """Return noise of these lengths as a batch with zeros for padding, and the lengths."""
    torch.manual_seed(1)
    lengths = torch.tensor(samples)
    audio = 0.1 * torch.randn(len(samples), max(samples))
    return audio.masked_fill(torch.arange(max(samples)) >= lengths[:, None], 0.0), lengths
