"""Speech emotion recognition as an ESPnet task."""

import argparse
from collections.abc import Callable, Collection
from pathlib import Path

import numpy as np
import torch
from espnet2.tasks.abs_task import AbsTask
from espnet2.tasks.asr import (
    encoder_choices,
    frontend_choices,
    normalize_choices,
    preencoder_choices,
    specaug_choices,
)
from espnet2.train.abs_espnet_model import AbsESPnetModel
from espnet2.train.class_choices import ClassChoices
from espnet2.train.collate_fn import CommonCollateFn
from espnet2.utils.types import int_or_none, str_or_none

from sentemo.decoders.abs_decoder import AbsSentimentDecoder
from sentemo.decoders.rnn_attention import RNNAttentionDecoder
from sentemo.errors import SentemoError
from sentemo.models.ser import SpeechEmotionModel
from sentemo.training.trainer import SentemoTrainer
from sentemo.upstream import Upstream

decoder_choices = ClassChoices(
    "decoder",
    classes={"rnn_attention": RNNAttentionDecoder},
    type_check=AbsSentimentDecoder,
    default="rnn_attention",
)


model_choices = ClassChoices(
    "model",
    classes={"ser": SpeechEmotionModel},
    type_check=AbsESPnetModel,
    default="ser",
)


class SERTask(AbsTask):
    """Classify utterances; the encoder is trained here or taken over from an ASR checkpoint."""

    num_optimizers = 1
    metrics = ("loss", "wa", "ua", "macro_f1")  # of the validation set
    class_choices_list = [  # noqa: RUF012 (ESPnet's own form)
        frontend_choices,
        specaug_choices,
        normalize_choices,
        preencoder_choices,
        encoder_choices,
        decoder_choices,
        model_choices,
    ]
    trainer = SentemoTrainer

    @classmethod
    def add_task_arguments(cls, parser: argparse.ArgumentParser) -> None:
        """Add the task's own options to ESPnet's."""
        group = parser.add_argument_group(description="Task related")
        parser.get_default("required").append("labels")
        group.add_argument("--labels", nargs="+", help="Class names, in order")
        group.add_argument("--input_size", type=int_or_none, help="Features per frame")
        group.add_argument("--feature_type", help="How the features were extracted: fbank80, …")
        group.add_argument(
            "--asr_model",
            type=str_or_none,
            help="Experiment directory whose frontend, normalisation, pre-encoder and encoder "
            "are taken over, with their configuration",
        )
        for choices in cls.class_choices_list:
            choices.add_arguments(group)

    @classmethod
    def build_collate_fn(
        cls, args: argparse.Namespace, train: bool
    ) -> Callable[
        [Collection[tuple[str, dict[str, np.ndarray]]]],
        tuple[list[str], dict[str, torch.Tensor]],
    ]:
        """Pad with zeros; labels need no padding."""
        return CommonCollateFn(float_pad_value=0.0, int_pad_value=-1)

    @classmethod
    def build_preprocess_fn(cls, args: argparse.Namespace, train: bool) -> None:
        """Features and labels come ready from their files."""
        return None

    @classmethod
    def required_data_names(cls, train: bool = True, inference: bool = False) -> tuple[str, ...]:
        """Speech, and the class number where it is known."""
        return ("speech",) if inference else ("speech", "label")

    @classmethod
    def optional_data_names(cls, train: bool = True, inference: bool = False) -> tuple[str, ...]:
        """None."""
        return ()

    @classmethod
    def build_model(cls, args: argparse.Namespace) -> SpeechEmotionModel:
        """Build the model; with `--asr_model`, take the encoder over with its configuration.

        What is taken over is written into `args`, so the experiment's own `config.yaml` is
        complete and never needs the ASR experiment again.
        """
        upstream = None
        inherited = getattr(args, "inherited_from", None)
        if args.model_conf.get("freeze_encoder") and not (args.asr_model or inherited):
            raise SentemoError(
                "model_conf.freeze_encoder: true needs --asr_model, an ASR experiment to take the "
                "encoder from; without it, a random encoder would be frozen."
            )
        if args.asr_model is not None:
            upstream = Upstream(Path(args.asr_model))
            upstream.inherit(args)
        model = cls._build_parts(args)
        if upstream is not None:
            upstream.load_weights(model)
            args.inherited_from, args.asr_model = args.asr_model, None
        return model

    @classmethod
    def _build_parts(cls, args: argparse.Namespace) -> SpeechEmotionModel:
        frontend = None
        input_size = args.input_size
        if input_size is None:
            frontend = frontend_choices.get_class(args.frontend)(**args.frontend_conf)
            input_size = frontend.output_size()
        specaug = _build(specaug_choices, args.specaug, args.specaug_conf)
        normalize = _build(normalize_choices, args.normalize, args.normalize_conf)
        preencoder = _build(preencoder_choices, args.preencoder, args.preencoder_conf)
        if preencoder is not None:
            input_size = preencoder.output_size()
        encoder = encoder_choices.get_class(args.encoder)(
            input_size=input_size, **args.encoder_conf
        )
        decoder = decoder_choices.get_class(args.decoder)(
            input_size=encoder.output_size(), **args.decoder_conf
        )
        return model_choices.get_class(args.model)(
            labels=args.labels,
            frontend=frontend,
            specaug=specaug,
            normalize=normalize,
            preencoder=preencoder,
            encoder=encoder,
            decoder=decoder,
            **args.model_conf,
        )


def _build(choices: ClassChoices, name: str | None, conf: dict) -> torch.nn.Module | None:
    return None if name is None else choices.get_class(name)(**conf)
