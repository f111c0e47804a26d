"""Speech emotion recognition, by classes, dimensions or both, as an ESPnet task."""

import argparse
from typing import ClassVar

import torch
from espnet2.utils.nested_dict_action import NestedDictAction
from espnet2.utils.types import float_or_none, int_or_none

from sentemo.core.errors import SentemoError
from sentemo.data.targets import DISTRIBUTION, HARD, TARGET_KINDS
from sentemo.models.encoding import EncoderParts
from sentemo.models.heads import ClassificationHead, DimensionHead
from sentemo.models.layer_settings import LAST
from sentemo.models.layers import layers_read
from sentemo.models.probe_settings import ProbeConf
from sentemo.models.reading import merged_size
from sentemo.models.ser import SpeechEmotionModel
from sentemo.modules.frontend import describe_frontend
from sentemo.modules.tuning import Tuning
from sentemo.tasks.choices import (
    encoder_choices,
    frontend_choices,
    normalize_choices,
    postencoder_choices,
    preencoder_choices,
    sentiment_decoder_choices,
    ser_model_choices,
    specaug_choices,
    text_encoder_choices,
)
from sentemo.tasks.parts import build_encoder_parts, build_part, build_specaug, states_size
from sentemo.tasks.preprocessor import Preprocessor
from sentemo.tasks.tuning import (
    UpstreamTask,
    begin_at_kept_states,
    take_weights,
    upstream_of,
)
from sentemo.training.inputs import NUM_STATES
from sentemo.training.trainer import SentemoTrainer
from sentemo.upstreams import Upstream


class SERTask(UpstreamTask):
    """Judge utterances; the encoder is trained here or taken over from an ASR checkpoint."""

    num_optimizers = 1
    metrics = ("loss", *ClassificationHead.metrics, *DimensionHead.metrics)  # of the validation set
    # Schemas of the options *_conf that configure no class.
    settings_of_no_class: ClassVar[dict[str, type]] = {
        "probe_conf": ProbeConf,
        "tuning_conf": Tuning,
    }
    class_choices_list = [  # noqa: RUF012 (ESPnet's own form)
        frontend_choices,
        specaug_choices,
        normalize_choices,
        preencoder_choices,
        encoder_choices,
        postencoder_choices,
        sentiment_decoder_choices,
        text_encoder_choices,
        ser_model_choices,
    ]
    trainer = SentemoTrainer

    @classmethod
    def add_task_arguments(cls, parser: argparse.ArgumentParser) -> None:
        """Add the task's own options to ESPnet's."""
        group = parser.add_argument_group(description="Task related")
        group.add_argument("--labels", nargs="+", help="Class names, in order, if these are learnt")
        group.add_argument(
            "--label_targets",
            choices=TARGET_KINDS,
            default=HARD,
            help="Classes are learnt as one for each utterance, or as the shares of the annotators "
            "who chose them (utt2distribution), also where these did not agree",
        )
        group.add_argument(
            "--avd_scale",
            type=float,
            nargs=2,
            help="Lowest and highest rating of activation, valence and dominance, if these are "
            "learnt: as numbers from 0 to 1",
        )
        group.add_argument("--input_size", type=int_or_none, help="Features per frame")
        group.add_argument("--feature_type", help="How the features were extracted: fbank80, …")
        cls.add_upstream_arguments(group)
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
        group.add_argument(
            "--probe_conf",
            action=NestedDictAction,
            help="Settings of a linear probe, which is learnt in closed form: the penalties of "
            "ridge regression that it tries",
        )
        group.add_argument(
            "--specaug_copies",
            type=int,
            default=0,
            help="Number of copies of kept states with SpecAugment, which epochs read in turn, "
            "where there is SpecAugment (0: the frozen encoder runs in every epoch)",
        )
        group.add_argument("--token_list", nargs="+", help="Words that the text encoder knows")
        for choices in cls.class_choices_list:
            choices.add_arguments(group)

    @classmethod
    def build_preprocess_fn(cls, args: argparse.Namespace, train: bool) -> Preprocessor | None:
        """Scale audio to its volume and number the words of transcripts, if either is asked for.

        Features and labels come ready from their files.
        """
        volume = getattr(args, "speech_volume_normalize", None)
        words = getattr(args, "token_list", None)
        if not volume and words is None:
            return None
        token_type = None if words is None else "word"
        return Preprocessor(token_type=token_type, token_list=words, volume=volume)

    @classmethod
    def required_data_names(cls, train: bool = True, inference: bool = False) -> tuple[str, ...]:
        """Speech, of which something is said."""
        return ("speech",)

    @classmethod
    def optional_data_names(cls, train: bool = True, inference: bool = False) -> tuple[str, ...]:
        """Targets, where they are known; the transcript for a text encoder; counts of states."""
        return ("label", DISTRIBUTION, "avd", "text", NUM_STATES)

    @classmethod
    def build_model(cls, args: argparse.Namespace) -> SpeechEmotionModel:
        """Build the model; with `--upstream`, take the encoder over with its configuration.

        What is taken over is written into `args`, so the experiment's own `config.yaml` is
        complete and never needs the checkpoint again.
        """
        inherited = getattr(args, "inherited_from", None)
        if args.model_conf.get("freeze_encoder") and not (args.asr_model or inherited):
            raise SentemoError(
                "model_conf.freeze_encoder: true needs --upstream, a pre-trained model to take the "
                "encoder from; without it, a random encoder would be frozen."
            )
        if upstream := upstream_of(args):
            model = cls._build_upon(upstream, args)
        else:
            model = _assemble(args, **build_encoder_parts(args))
            describe_frontend(model, args)
        begin_at_kept_states(model, args, max(model.layers, default=None))
        return model

    @classmethod
    def _build_upon(cls, upstream: Upstream, args: argparse.Namespace) -> SpeechEmotionModel:
        upstream.inherit(args)
        with upstream.building():
            parts = build_encoder_parts(args)
        model = _assemble(args, **parts)
        take_weights(model, upstream, args)
        describe_frontend(model, args, taken_over=True)
        return model


def _assemble(
    args: argparse.Namespace,
    encoder: torch.nn.Module,
    postencoder: torch.nn.Module | None,
    **parts: torch.nn.Module | None,
) -> SpeechEmotionModel:
    """Build decoder, text encoder and SpecAugment around an encoder."""
    words = getattr(args, "token_list", None) or []
    setting = args.model_conf.get("encoder_layer", LAST)
    layers = layers_read(encoder, setting, args.model_conf.get("best_layers"))
    size = merged_size(setting, len(layers), states_size(encoder, postencoder))
    return ser_model_choices.get_class(args.model)(
        parts=EncoderParts(
            specaug=build_specaug(args),
            encoder=encoder,
            postencoder=postencoder,
            **parts,
        ),
        decoder=build_part(args, sentiment_decoder_choices, input_size=size),
        text_encoder=build_part(args, text_encoder_choices, vocabulary_size=len(words)),
        labels=args.labels,
        dimensions=bool(getattr(args, "avd_scale", None)),
        **args.model_conf,
    )
