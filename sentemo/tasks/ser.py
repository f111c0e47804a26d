"""Speech emotion recognition, by classes, dimensions or both, as an ESPnet task."""

import argparse
from collections.abc import Callable, Collection
from pathlib import Path

import espnet2
import numpy as np
import torch
from espnet2.asr.ctc import CTC
from espnet2.tasks.abs_task import AbsTask, optim_classes
from espnet2.tasks.asr import (
    encoder_choices,
    frontend_choices,
    normalize_choices,
    postencoder_choices,
    preencoder_choices,
    specaug_choices,
)
from espnet2.train.abs_espnet_model import AbsESPnetModel
from espnet2.train.class_choices import ClassChoices
from espnet2.train.collate_fn import CommonCollateFn
from espnet2.train.preprocessor import CommonPreprocessor
from espnet2.utils.types import float_or_none, int_or_none, str_or_none

from sentemo.core.errors import SentemoError
from sentemo.models.heads import ClassificationHead, DimensionHead
from sentemo.models.ser import SpeechEmotionModel
from sentemo.modules.decoders.abs_decoder import AbsSentimentDecoder
from sentemo.modules.decoders.emotion_regressor import EmotionRegressor
from sentemo.modules.decoders.mlp_pooling import MLPPoolingDecoder
from sentemo.modules.decoders.rnn_attention import RNNAttentionDecoder
from sentemo.modules.decoders.rnn_pooling import RNNPoolingDecoder
from sentemo.modules.frontend import HuggingFaceSSLFrontend
from sentemo.modules.text_encoder import RNNTextEncoder
from sentemo.tasks.validation import SharedValidation
from sentemo.training.trainer import SentemoTrainer
from sentemo.upstreams import Upstream

decoder_choices = ClassChoices(
    "decoder",
    classes={
        "mlp_pooling": MLPPoolingDecoder,
        "rnn_pooling": RNNPoolingDecoder,
        "rnn_attention": RNNAttentionDecoder,
        "emotion_regressor": EmotionRegressor,
    },
    type_check=AbsSentimentDecoder,
    default="rnn_attention",
)

text_encoder_choices = ClassChoices(
    "text_encoder",
    classes={"rnn": RNNTextEncoder},
    type_check=torch.nn.Module,
    optional=True,
)

model_choices = ClassChoices(
    "model",
    classes={"ser": SpeechEmotionModel},
    type_check=AbsESPnetModel,
    default="ser",
)


class SERTask(SharedValidation, AbsTask):
    """Judge utterances; the encoder is trained here or taken over from an ASR checkpoint."""

    num_optimizers = 1
    metrics = ("loss", *ClassificationHead.metrics, *DimensionHead.metrics)  # of the validation set
    class_choices_list = [  # noqa: RUF012 (ESPnet's own form)
        frontend_choices,
        specaug_choices,
        normalize_choices,
        preencoder_choices,
        encoder_choices,
        postencoder_choices,
        decoder_choices,
        text_encoder_choices,
        model_choices,
    ]
    trainer = SentemoTrainer

    @classmethod
    def add_task_arguments(cls, parser: argparse.ArgumentParser) -> None:
        """Add the task's own options to ESPnet's."""
        group = parser.add_argument_group(description="Task related")
        group.add_argument("--labels", nargs="+", help="Class names, in order, if these are learnt")
        group.add_argument(
            "--avd_scale",
            type=float,
            nargs=2,
            help="Lowest and highest rating of activation, valence and dominance, if these are "
            "learnt: as numbers from 0 to 1",
        )
        group.add_argument("--input_size", type=int_or_none, help="Features per frame")
        group.add_argument("--feature_type", help="How the features were extracted: fbank80, …")
        group.add_argument(
            "--asr_model",
            type=str_or_none,
            help="ASR checkpoint whose frontend, normalisation, pre-encoder, encoder and "
            "post-encoder are taken over, with their configuration",
        )
        group.add_argument(
            "--encoder_lr",
            type=float_or_none,
            help="Learning rate of all before the decoder (default: the optimiser's), for an "
            "encoder that is trained on from --asr_model",
        )
        group.add_argument(
            "--conditioning_tokens",
            type=int_or_none,
            help="Size of the CTC layer that an encoder with self-conditioned CTC looks at",
        )
        group.add_argument(
            "--speech_volume_normalize",
            type=float_or_none,
            help="Scale the audio of every utterance to this peak, as some checkpoints of ESPnet "
            "were trained",
        )
        group.add_argument("--token_list", nargs="+", help="Words that the text encoder knows")
        for choices in cls.class_choices_list:
            choices.add_arguments(group)

    @classmethod
    def build_collate_fn(
        cls, args: argparse.Namespace, train: bool
    ) -> Callable[
        [Collection[tuple[str, dict[str, np.ndarray]]]],
        tuple[list[str], dict[str, torch.Tensor]],
    ]:
        """Pad with zeros, and words with -1; labels need no padding."""
        return CommonCollateFn(float_pad_value=0.0, int_pad_value=-1)

    @classmethod
    def build_preprocess_fn(
        cls, args: argparse.Namespace, train: bool
    ) -> CommonPreprocessor | None:
        """Features and labels come ready from their files; audio may want its volume, text ids."""
        volume = getattr(args, "speech_volume_normalize", None)
        words = getattr(args, "token_list", None)
        if not volume and words is None:
            return None
        return CommonPreprocessor(
            train=False,
            token_type=words and "word",
            token_list=words,
            speech_volume_normalize=volume,
        )

    @classmethod
    def required_data_names(cls, train: bool = True, inference: bool = False) -> tuple[str, ...]:
        """Speech, of which something is said."""
        return ("speech",)

    @classmethod
    def optional_data_names(cls, train: bool = True, inference: bool = False) -> tuple[str, ...]:
        """Class number and dimensions, where they are known; the transcript for a text encoder."""
        return ("label", "avd", "text")

    @classmethod
    def build_model(cls, args: argparse.Namespace) -> SpeechEmotionModel:
        """Build the model; with `--asr_model`, take the encoder over with its configuration.

        What is taken over is written into `args`, so the experiment's own `config.yaml` is
        complete and never needs the checkpoint again.
        """
        inherited = getattr(args, "inherited_from", None)
        if args.model_conf.get("freeze_encoder") and not (args.asr_model or inherited):
            raise SentemoError(
                "model_conf.freeze_encoder: true needs --asr_model, an ASR experiment to take the "
                "encoder from; without it, a random encoder would be frozen."
            )
        if args.asr_model is None:
            model = _assemble(args, **_encoder_parts(args))
        else:
            model = cls._build_upon(Upstream(args.asr_model), args)
        described = str(Path(args.output_dir) / "frontend")
        if isinstance(model.frontend, HuggingFaceSSLFrontend) and (
            args.frontend_conf["model"] != described
        ):
            args.frontend_conf = model.frontend.save_description(described)
        return model

    @classmethod
    def build_optimizers(
        cls, args: argparse.Namespace, model: torch.nn.Module
    ) -> list[torch.optim.Optimizer]:
        """Build ESPnet's optimiser; with `--encoder_lr`, of two groups of parameters."""
        encoder_lr = getattr(args, "encoder_lr", None)
        if encoder_lr is None:
            return super().build_optimizers(args, model)
        if args.exclude_weight_decay:
            raise SentemoError("encoder_lr and exclude_weight_decay exclude one another.")
        groups: dict[bool, list[torch.nn.Parameter]] = {False: [], True: []}
        for name, parameter in model.named_parameters():
            groups[name.split(".")[0] in model.FROZEN].append(parameter)
        return [
            optim_classes[args.optim](
                [{"params": groups[False]}, {"params": groups[True], "lr": encoder_lr}],
                **args.optim_conf,
            )
        ]

    @classmethod
    def _build_upon(cls, upstream: Upstream, args: argparse.Namespace) -> SpeechEmotionModel:
        upstream.inherit(args)
        try:
            parts = _encoder_parts(args)
        except SentemoError:
            raise
        except Exception as error:  # a foreign configuration may fail in any way
            raise SentemoError(
                f"--asr_model {args.asr_model}: ESPnet {espnet2.__version__} cannot build its "
                f"encoder from {upstream.config_file}: {error}"
            ) from error
        model = _assemble(args, **parts)
        upstream.load_weights(model)
        args.inherited_from, args.asr_model = args.asr_model, None
        return model


def _encoder_parts(args: argparse.Namespace) -> dict[str, torch.nn.Module | None]:
    """Build what is taken over from a checkpoint, as ESPnet's ASR task does."""
    frontend = None
    input_size = args.input_size
    if input_size is None:
        frontend = _build(args, frontend_choices)
        input_size = frontend.output_size()
    normalize = _build(args, normalize_choices)
    preencoder = _build(args, preencoder_choices)
    if preencoder is not None:
        input_size = preencoder.output_size()
    encoder = _build(args, encoder_choices, input_size=input_size)
    ctc = None
    if tokens := getattr(args, "conditioning_tokens", None):
        ctc = CTC(odim=tokens, encoder_output_size=encoder.output_size())
        if getattr(encoder, "interctc_use_conditioning", False):  # as in ESPnetASRModel
            encoder.conditioning_layer = torch.nn.Linear(tokens, encoder.output_size())
    return {
        "frontend": frontend,
        "normalize": normalize,
        "preencoder": preencoder,
        "encoder": encoder,
        "ctc": ctc,
        "postencoder": _build(args, postencoder_choices, input_size=encoder.output_size()),
    }


def _assemble(
    args: argparse.Namespace,
    encoder: torch.nn.Module,
    postencoder: torch.nn.Module | None,
    **parts: torch.nn.Module | None,
) -> SpeechEmotionModel:
    """Build what is ours, decoder, text encoder and SpecAugment, around an encoder."""
    last = encoder if postencoder is None else postencoder
    words = getattr(args, "token_list", None) or []
    return model_choices.get_class(args.model)(
        labels=args.labels,
        dimensions=bool(getattr(args, "avd_scale", None)),
        specaug=_build(args, specaug_choices),
        encoder=encoder,
        postencoder=postencoder,
        decoder=_build(args, decoder_choices, input_size=last.output_size()),
        text_encoder=_build(args, text_encoder_choices, vocabulary_size=len(words)),
        **parts,
        **args.model_conf,
    )


def _build(args: argparse.Namespace, choices: ClassChoices, **sizes: int) -> torch.nn.Module | None:
    """Build one part; experiments from before there was a choice of it have none."""
    name = getattr(args, choices.name, None)
    if name is None:
        return None
    return choices.get_class(name)(**sizes, **getattr(args, f"{choices.name}_conf"))
