"""SA2SR pre-training: ASR, and proxy sentiment upon the same encoder."""

import argparse

from sentemo.data.proxy_labels import MISSING_POLICIES, SENTIMENT_DATA, is_sentiment_aware
from sentemo.data.targets import HARD, TARGET_KINDS
from sentemo.tasks.asr import ASRTask


class SA2SRTask(ASRTask):
    """Our ASR task for the models ``sa2sr_ctc`` and ``sa2sr_transducer``."""

    metrics = (*ASRTask.metrics, "asr_loss", "sentiment_loss", "auc", "wa", "cer_minus_auc")

    @classmethod
    def add_task_arguments(cls, parser: argparse.ArgumentParser) -> None:
        """Add how proxy labels become targets."""
        super().add_task_arguments(parser)
        parser.add_argument(
            "--sentiment_targets",
            choices=TARGET_KINDS,
            default=HARD,
            help="The most likely sentiment, or the probabilities of all three",
        )
        parser.add_argument(
            "--missing_sentiment",
            choices=MISSING_POLICIES,
            default=MISSING_POLICIES[0],
            help="Utterances without a proxy label: keep them for the ASR term, or refuse them",
        )

    @classmethod
    def required_data_names(cls, train: bool = True, inference: bool = False) -> tuple[str, ...]:
        """Speech, and where it is known the text and its sentiment."""
        names = super().required_data_names(train, inference)
        return names if inference else (*names, SENTIMENT_DATA)


def recognition_task(model: str | None) -> type[ASRTask]:
    """Return the task that trains a model of this name."""
    return SA2SRTask if is_sentiment_aware(model) else ASRTask
