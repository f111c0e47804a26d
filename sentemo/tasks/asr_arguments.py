"""The arguments of ESPnet's ASR task, under its names and with its defaults.

Its own list would be to hand only by importing `espnet2.tasks.asr`, which takes ten seconds; a test
compares the two.
"""

import argparse

from espnet2.asr.ctc import CTC
from espnet2.utils.get_default_kwargs import get_default_kwargs
from espnet2.utils.nested_dict_action import NestedDictAction
from espnet2.utils.types import float_or_none, int_or_none, str2bool, str_or_none

INITIALISATIONS = (
    "chainer",
    "xavier_uniform",
    "xavier_normal",
    "kaiming_uniform",
    "kaiming_normal",
    "normal",
    None,
)
TOKEN_TYPES = ("bpe", "char", "word", "phn", "hugging_face", "whisper_en", "whisper_multilingual")
CLEANERS = (None, "tacotron", "jaconv", "vietnamese", "whisper_en", "whisper_basic")


def add_asr_arguments(parser: argparse.ArgumentParser) -> argparse._ArgumentGroup:
    """Add the arguments, and return the group that the choices of classes belong to."""
    # ESPnet's own way to require an option and still print a configuration without it.
    parser.set_defaults(required=[*parser.get_default("required"), "token_list"])
    group = parser.add_argument_group(description="Task related")
    group.add_argument("--token_list", type=str_or_none, help="File of the tokens, one a line")
    group.add_argument(
        "--init",
        type=lambda name: str_or_none(name.lower()),
        choices=INITIALISATIONS,
        help="How weights are initialised",
    )
    group.add_argument("--input_size", type=int_or_none, help="Features per frame")
    group.add_argument(
        "--ctc_conf",
        action=NestedDictAction,
        default=get_default_kwargs(CTC),
        help="Settings of the CTC layer",
    )
    group.add_argument(
        "--joint_net_conf", action=NestedDictAction, help="Settings of the joint network"
    )
    group.add_argument(
        "--aux_ctc_tasks", nargs="+", default=[], help="Further tasks that CTC layers learn"
    )
    _add_text_arguments(parser)
    _add_audio_arguments(parser)
    return group


def _add_text_arguments(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group(description="Text")
    group.add_argument(
        "--use_preprocessor", type=str2bool, default=True, help="Prepare audio and text at all"
    )
    group.add_argument(
        "--use_lang_prompt", type=str2bool, default=False, help="Prompt with the language"
    )
    group.add_argument(
        "--use_nlp_prompt", type=str2bool, default=False, help="Prompt with natural language"
    )
    group.add_argument(
        "--token_type", default="bpe", choices=TOKEN_TYPES, help="What a transcript is split into"
    )
    group.add_argument("--bpemodel", type=str_or_none, help="Model file of SentencePiece")
    group.add_argument(
        "--non_linguistic_symbols", type=str_or_none, help="File of symbols that are one token each"
    )
    group.add_argument("--cleaner", type=str_or_none, choices=CLEANERS, help="How text is cleaned")
    group.add_argument(
        "--g2p", type=str_or_none, help="How text becomes phonemes, with --token_type phn"
    )


def _add_audio_arguments(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group(description="Audio")
    group.add_argument(
        "--speech_volume_normalize", type=float_or_none, help="Scale audio to this peak"
    )
    group.add_argument("--rir_scp", type=str_or_none, help="List of room impulse responses")
    group.add_argument(
        "--rir_apply_prob", type=float, default=1.0, help="Probability of an impulse response"
    )
    group.add_argument("--noise_scp", type=str_or_none, help="List of noises")
    group.add_argument("--noise_apply_prob", type=float, default=1.0, help="Probability of a noise")
    group.add_argument("--noise_db_range", default="13_15", help="Range of the noise, in dB")
    group.add_argument(
        "--short_noise_thres",
        type=float,
        default=0.5,
        help="Warn of a noise that is shorter than this part of the speech",
    )
