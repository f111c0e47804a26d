"""A tiny text classifier with random weights, as `save_pretrained` writes it."""

import torch
import transformers
from tokenizers import Tokenizer, models, pre_tokenizers, processors

WORDS = ("[CLS]", "[PAD]", "[SEP]", "[UNK]", "good", "bad", "day", "the", "was")
NAMES = ("negative", "neutral", "positive")


def write_classifier(path, names=NAMES, family="Bert", positions=16, classes=NAMES, words=WORDS):
    """Write a classifier whose config calls `classes`, in this order, by these `names`.

    The same class has the same weights wherever it stands.
    """
    torch.manual_seed(0)
    config = getattr(transformers, f"{family}Config")(
        vocab_size=len(words),
        hidden_size=8,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=8,
        max_position_embeddings=positions,
        pad_token_id=WORDS.index("[PAD]"),
        initializer_range=1.0,  # so that texts differ
        id2label=dict(enumerate(names)),
    )
    model = getattr(transformers, f"{family}ForSequenceClassification")(config)
    layer = model.classifier if family == "Bert" else model.classifier.out_proj
    if len(names) == len(NAMES):
        rows = torch.randn(len(NAMES), 8)
        layer.weight.data = rows[[NAMES.index(name) for name in classes]]
    model.save_pretrained(path)
    _tokenizer(words).save_pretrained(path)
    return str(path)


def _tokenizer(words):
    tokenizer = Tokenizer(
        models.WordLevel({word: n for n, word in enumerate(words)}, unk_token="[UNK]")
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        special_tokens=[(word, WORDS.index(word)) for word in ("[CLS]", "[SEP]")],
    )
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]"
    )
