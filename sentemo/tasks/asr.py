"""ASR pre-training: ESPnet's task with our trainer."""

import argparse

import espnet2.tasks.asr
from espnet2.asr.espnet_model import ESPnetASRModel

from sentemo.modules.frontend import describe_frontend
from sentemo.tasks.validation import SharedValidation
from sentemo.training.trainer import SentemoTrainer


class ASRTask(SharedValidation, espnet2.tasks.asr.ASRTask):
    """ESPnet's ASR task; its checkpoints remember the feature type that they were trained on."""

    trainer = SentemoTrainer
    metrics = ("loss", "cer", "wer")  # of the validation set

    @classmethod
    def add_task_arguments(cls, parser: argparse.ArgumentParser) -> None:
        """Add ESPnet's arguments and ours."""
        super().add_task_arguments(parser)
        parser.add_argument("--feature_type", help="How the features were extracted: fbank80, …")

    @classmethod
    def build_model(cls, args: argparse.Namespace) -> ESPnetASRModel:
        """Build the model; its `config.yaml` will not need a self-supervised model's own folder."""
        model = super().build_model(args)
        describe_frontend(model, args)
        return model
