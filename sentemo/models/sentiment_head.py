"""Sentiment classifier on encoder states, which SA2SR trains beside the recogniser."""

import torch

from sentemo.core.errors import SentemoError
from sentemo.data.sentiment import SENTIMENTS
from sentemo.modules.decoders.pooling import mean_over_time


class SentimentHead(torch.nn.Module):
    """Recurrent summariser, then a linear layer to the sentiments (SA2SR, section 3.2).

    The paper gives no sizes. The summary is the mean of an LSTM's states over the valid frames. One
    direction is enough, because the encoder reads both, and costs least in a step.

    Parameters
    ----------
    input_size
        Size of the encoder's states.
    units
        LSTM units.
    dropout
        Dropout on the summary, in training; on the states it would cost a twentieth of a step.

    Raises
    ------
    SentemoError
        When there is no unit, or the dropout is not from 0 to below 1.
    """

    def __init__(self, input_size: int, units: int = 64, dropout: float = 0.0) -> None:
        super().__init__()
        if not (isinstance(units, int) and units > 0):
            raise SentemoError(
                f"model_conf.sentiment_head.units: {units!r} is not a number of units"
            )
        if not (isinstance(dropout, int | float) and 0 <= dropout < 1):
            raise SentemoError(
                f"model_conf.sentiment_head.dropout: {dropout!r} is not from 0 to below 1"
            )
        self.dropout = torch.nn.Dropout(dropout)
        self.rnn = torch.nn.LSTM(input_size, units, batch_first=True)
        self.classifier = torch.nn.Linear(units, len(SENTIMENTS))

    def forward(self, states: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """Return the logits of negative, neutral and positive, ``(batch, 3)``.

        Parameters
        ----------
        states
            States ``(batch, frames, features)``; padding may have any value.
        lengths
            Valid frames, ``(batch,)``.
        """
        # Padding comes after the valid frames, so that it cannot change their states.
        summary = mean_over_time(self.rnn(states)[0], lengths)
        return self.classifier(self.dropout(summary))
