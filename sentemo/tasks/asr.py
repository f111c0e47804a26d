"""ASR pre-training: ESPnet's ASR task with our trainer, and quick to import."""

import argparse
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from espnet2.asr.ctc import CTC
from espnet2.asr.espnet_model import ESPnetASRModel
from espnet2.asr_transducer.joint_network import JointNetwork
from espnet2.torch_utils.initialize import initialize

from sentemo.core.errors import SentemoError
from sentemo.models.encoding import ENCODER_PARTS
from sentemo.modules.encoders.whisper import WhisperEncoder
from sentemo.modules.frontend import describe_frontend
from sentemo.modules.tuning import Tuning
from sentemo.tasks.asr_arguments import add_asr_arguments
from sentemo.tasks.choices import (
    OWN_CHOICES,
    asr_decoder_choices,
    asr_model_choices,
    encoder_choices,
    frontend_choices,
    normalize_choices,
    postencoder_choices,
    preencoder_choices,
    preprocessor_choices,
    specaug_choices,
)
from sentemo.tasks.parts import build_encoder_parts, build_part, build_specaug, states_size
from sentemo.tasks.preprocessor import OWN_TOKEN_TYPES, Preprocessor
from sentemo.tasks.tuning import (
    UpstreamTask,
    begin_at_kept_states,
    take_weights,
    upstream_of,
)
from sentemo.training.inputs import NUM_STATES
from sentemo.training.trainer import SentemoTrainer

Preprocess = Callable[[str, dict[str, Any]], dict[str, np.ndarray]]


class ASRTask(UpstreamTask):
    """Sibling of ESPnet's ASR task, with its options, for our models and for ESPnet's.

    ESPnet's own task imports all that it can ever build, which takes ten seconds. This one builds
    our models itself, and leaves ESPnet's models and preprocessing to ESPnet. Its checkpoints can
    be decoded by ESPnet's own commands; they remember the feature type that they were trained on.
    """

    num_optimizers = 1
    metrics: tuple[str, ...] = ("loss", "cer", "wer")  # of the validation set
    class_choices_list = [  # noqa: RUF012 (ESPnet's own form)
        frontend_choices,
        specaug_choices,
        normalize_choices,
        asr_model_choices,
        preencoder_choices,
        encoder_choices,
        postencoder_choices,
        asr_decoder_choices,
        preprocessor_choices,
    ]
    trainer = SentemoTrainer
    encoder_parts = tuple(part for part in ENCODER_PARTS if part != "ctc")
    settings_of_no_class: ClassVar[dict[str, type]] = {"tuning_conf": Tuning}

    @classmethod
    def add_task_arguments(cls, parser: argparse.ArgumentParser) -> None:
        """Add ESPnet's arguments and ours."""
        group = add_asr_arguments(parser)
        for choices in cls.class_choices_list:
            choices.add_arguments(group)
        cls.add_upstream_arguments(group)
        group.add_argument("--feature_type", help="How the features were extracted: fbank80, …")

    @classmethod
    def build_preprocess_fn(cls, args: argparse.Namespace, train: bool) -> Preprocess | None:
        """Turn transcripts into token numbers; augmentation and phonemes are left to ESPnet."""
        if not args.use_preprocessor:
            return None
        if _needs_espnets_preprocessor(args):
            from espnet2.tasks.asr import ASRTask as ESPnetASRTask  # ten seconds

            return ESPnetASRTask.build_preprocess_fn(args, train)
        return Preprocessor(
            token_type=args.token_type,
            token_list=args.token_list,
            bpemodel=args.bpemodel,
            non_linguistic_symbols=args.non_linguistic_symbols,
            volume=getattr(args, "speech_volume_normalize", None),
        )

    @classmethod
    def required_data_names(cls, train: bool = True, inference: bool = False) -> tuple[str, ...]:
        """Speech, and its transcript where it is known."""
        return ("speech",) if inference else ("speech", "text")

    @classmethod
    def optional_data_names(cls, train: bool = True, inference: bool = False) -> tuple[str, ...]:
        """Transcripts of further speakers, and a prompt, for models of ESPnet that take them."""
        return ("text_spk2", "text_spk3", "text_spk4", "prompt", NUM_STATES)

    @classmethod
    def build_model(cls, args: argparse.Namespace) -> ESPnetASRModel:
        """Build the model; its `config.yaml` will not need a self-supervised model's own folder.

        With `asr_model`, the encoder is taken over with its configuration.
        """
        is_ours = getattr(args, "model", None) in OWN_CHOICES["model"]
        if upstream := upstream_of(args):
            if not is_ours:
                ours = ", ".join(OWN_CHOICES["model"])
                raise SentemoError(f"model: {args.model} is built without --upstream; use {ours}.")
            upstream.inherit(args)
            with upstream.building():
                model = _build_model(args)
            take_weights(model, upstream, args)
        elif is_ours:
            model = _build_model(args)
        else:
            from espnet2.tasks.asr import ASRTask as ESPnetASRTask  # ten seconds

            model = ESPnetASRTask.build_model(args)
        describe_frontend(model, args, taken_over=upstream is not None)
        begin_at_kept_states(model, args)
        return model


def _needs_espnets_preprocessor(args: argparse.Namespace) -> bool:
    plain = getattr(args, "preprocessor", "default") == "default"
    options = (
        "preprocessor_conf",
        "cleaner",
        "rir_scp",
        "noise_scp",
        "aux_ctc_tasks",
        "use_lang_prompt",
        "use_nlp_prompt",
    )
    return (
        not plain
        or args.token_type not in OWN_TOKEN_TYPES
        or any(getattr(args, option, None) for option in options)
    )


def _build_model(args: argparse.Namespace) -> ESPnetASRModel:
    """Build one of our models."""
    if isinstance(args.token_list, str):  # the configuration shall not need the file again
        with Path(args.token_list).open(encoding="utf-8") as lines:
            args.token_list = [line.rstrip() for line in lines]
    tokens = list(args.token_list)
    logging.info(f"Vocabulary size: {len(tokens)}")
    if args.input_size is not None:  # features come from outside
        args.frontend, args.frontend_conf = None, {}
    parts = build_encoder_parts(args)
    size = states_size(parts["encoder"], parts["postencoder"])
    decoder = joint_network = None
    if args.decoder == "transducer":
        decoder = asr_decoder_choices.get_class("transducer")(
            len(tokens), embed_pad=0, **args.decoder_conf
        )
        joint_network = JointNetwork(
            len(tokens), parts["encoder"].output_size(), decoder.dunits, **args.joint_net_conf
        )
    elif args.decoder is not None:
        decoder = build_part(
            args, asr_decoder_choices, vocab_size=len(tokens), encoder_output_size=size
        )
    parts["ctc"] = CTC(odim=len(tokens), encoder_output_size=size, **args.ctc_conf)
    # ESPnet's constructor takes a Whisper for its own, which has no frontend.
    frontend = parts.pop("frontend")
    is_whisper = isinstance(parts["encoder"], WhisperEncoder)
    model = asr_model_choices.get_class(args.model)(
        frontend=None if is_whisper else frontend,
        vocab_size=len(tokens),
        token_list=tokens,
        specaug=build_specaug(args),
        decoder=decoder,
        joint_network=joint_network,
        **parts,
        **args.model_conf,
    )
    model.frontend = frontend
    if args.init is not None:
        initialize(model, args.init)
    return model
