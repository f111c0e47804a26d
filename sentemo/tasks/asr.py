"""ASR pre-training: ESPnet's task with our trainer."""

import argparse

import espnet2.tasks.asr

from sentemo.training.trainer import SentemoTrainer


class ASRTask(espnet2.tasks.asr.ASRTask):
    """ESPnet's ASR task; its checkpoints remember the feature type that they were trained on."""

    trainer = SentemoTrainer
    metrics = ("loss", "cer", "wer")  # of the validation set

    @classmethod
    def add_task_arguments(cls, parser: argparse.ArgumentParser) -> None:
        """Add ESPnet's arguments and ours."""
        super().add_task_arguments(parser)
        parser.add_argument("--feature_type", help="How the features were extracted: fbank80, …")
