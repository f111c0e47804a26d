import pickle

import numpy as np
import pytest
from espnet2.tasks import asr as espnets
from espnet2.train.preprocessor import CommonPreprocessor

from sentemo.data.tokens import bpe_tokens
from sentemo.tasks.asr import ASRTask
from sentemo.tasks.preprocessor import Preprocessor

TOKENS = ["<blank>", "<unk>", "<space>", "<noise>", "a", "b", "ab", "<sos/eos>"]


@pytest.fixture
def arguments(tmp_path):
    """Arguments of the ASR task for a type of tokens."""

    def build(token_type, **changes):
        args = ASRTask.get_parser().parse_args([])
        args.token_type, args.token_list = token_type, TOKENS
        if token_type == "bpe":
            args.bpemodel = str(tmp_path / "bpe.model")
            args.token_list = bpe_tokens(["ab ba abba", "bab a b"], 10, tmp_path / "bpe.model")
        vars(args).update(changes)
        return args

    return build


def same(ours, theirs, **data):
    mine, others = ours("utt", dict(data)), theirs("utt", dict(data))
    assert mine.keys() == others.keys()
    for name, value in mine.items():
        assert value.dtype == others[name].dtype
        assert np.array_equal(value, others[name])


@pytest.mark.parametrize("token_type", ["bpe", "char", "word"])
@pytest.mark.parametrize("volume", [None, 0.5])
def test_it_does_what_espnets_does(arguments, token_type, volume):
    args = arguments(token_type, speech_volume_normalize=volume)
    ours = ASRTask.build_preprocess_fn(args, train=True)
    theirs = espnets.ASRTask.build_preprocess_fn(args, train=True)
    assert isinstance(ours, Preprocessor)
    noise = np.random.default_rng(0).normal(size=50).astype(np.float32)
    for text in ("ab ba", "abc a <noise>b", ""):
        same(ours, theirs, speech=noise, text=text)
    same(ours, theirs, speech=np.zeros(3, np.float32), text="a")
    same(ours, theirs, speech=noise)
    same(ours, theirs, speech=noise, text=np.array([1, 2]))


def test_symbols_that_are_one_token_each(arguments, tmp_path):
    (tmp_path / "symbols").write_text("<noise>\n")
    args = arguments("char", non_linguistic_symbols=str(tmp_path / "symbols"))
    ours = ASRTask.build_preprocess_fn(args, train=False)
    assert ours("utt", {"text": "a<noise>b"})["text"].tolist() == [4, 3, 5]
    same(ours, espnets.ASRTask.build_preprocess_fn(args, train=False), text="a<noise> b")


@pytest.mark.parametrize(
    "changes",
    [
        {"cleaner": "tacotron"},
        {"preprocessor_conf": {"fs": 16000}},
        {"aux_ctc_tasks": ["text_spk2"]},
        {"use_lang_prompt": True},
    ],
)
def test_what_is_not_ours_is_left_to_espnet(arguments, changes):
    built = ASRTask.build_preprocess_fn(arguments("char", **changes), train=False)
    assert isinstance(built, CommonPreprocessor)


def test_nothing_is_prepared_where_that_is_wanted(arguments):
    assert ASRTask.build_preprocess_fn(arguments("char", use_preprocessor=False), True) is None


def test_it_travels_to_another_process(arguments):
    ours = pickle.loads(pickle.dumps(ASRTask.build_preprocess_fn(arguments("bpe"), train=True)))
    assert ours("utt", {"text": "ab"})["text"].dtype == np.int64


def test_an_unknown_token_type_is_refused():
    with pytest.raises(ValueError, match="token_type 'phn' is none of bpe, char, word"):
        Preprocessor("phn", TOKENS)
