"""A tiny Whisper with random weights and a tokenizer of bytes, as Transformers writes one."""

import torch
import transformers
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

SPECIAL = ("<|endoftext|>", "<|startoftranscript|>", "<|en|>", "<|de|>", "<|pl|>", "<|translate|>")
SPECIAL += ("<|transcribe|>", "<|nospeech|>", "<|notimestamps|>", "<|0.00|>")
LANGUAGES = ("en", "de", "pl")

SPACE = "Ġ"  # as a tokenizer of bytes writes it


def tokenizer():
    """Return a tokenizer whose tokens are bytes, and those that Whisper has beside its words."""
    vocabulary = {sign: n for n, sign in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    found = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    found.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    found.decoder = decoders.ByteLevel()
    found.add_special_tokens([AddedToken(name, special=True) for name in SPECIAL])
    return found


def unwritten():
    """Return the tokens that the model never writes: all but letters and the space."""
    signs = tokenizer().get_vocab(with_added_tokens=False).items()
    return sorted(
        n for sign, n in signs if sign != SPACE and not (sign.isascii() and sign.isalpha())
    )


def write_whisper(path, multilingual=True, says=None, **settings):
    """Write a model and its tokenizer into a directory, and return the model.

    Parameters
    ----------
    says
        A letter that the decoder writes for ever; None writes what random weights do.
    settings
        Entries of generation_config.json.
    """
    tokens = tokenizer()
    end = tokens.token_to_id("<|endoftext|>")
    config = transformers.WhisperConfig(
        d_model=32,
        encoder_layers=2,
        decoder_layers=2,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=32,
        decoder_ffn_dim=32,
        vocab_size=tokens.get_vocab_size(),
        max_target_positions=60,
        pad_token_id=end,
        bos_token_id=end,
        eos_token_id=end,
        decoder_start_token_id=tokens.token_to_id("<|startoftranscript|>"),
        suppress_tokens=None,
        begin_suppress_tokens=None,
        init_std=0.3,
    )
    torch.manual_seed(0)
    model = transformers.WhisperForConditionalGeneration(config).eval()
    if says is not None:
        with torch.no_grad():
            wanted = model.model.decoder.embed_tokens.weight[tokens.token_to_id(says)]
            model.model.decoder.layer_norm.bias += 100 * wanted
    model.generation_config._from_model_config = False  # or it would be made anew of config.json
    model.generation_config.is_multilingual = multilingual
    model.generation_config.suppress_tokens = unwritten()
    for name, value in settings.items():
        setattr(model.generation_config, name, value)
    model.save_pretrained(path)
    tokens.save(str(path / "tokenizer.json"))
    return model
