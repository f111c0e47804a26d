"""RNN transducer (Graves 2012; Lu et al. 2020, section 3.1) on ESPnet's ASR model."""

from collections.abc import Sequence
from typing import Any

import torch
from espnet2.asr.espnet_model import ESPnetASRModel
from espnet2.asr.transducer.beam_search_transducer import BeamSearchTransducer
from torchaudio.functional import rnnt_loss

from sentemo.core.errors import SentemoError
from sentemo.models.encoding import EncodingMixin
from sentemo.models.recognition import RecognitionMixin


class TransducerModel(RecognitionMixin, EncodingMixin, ESPnetASRModel):
    """ESPnet's transducer with torchaudio's loss; `espnet2.bin.asr_inference` decodes it.

    Differs from its parent in the loss (ESPnet's needs `warprnnt_pytorch`), SpecAugment after
    normalisation, validation metrics over the whole set, and greedy search.

    Memory goes into the joint network: of each utterance in a batch, training keeps its hidden
    layer, ``(frames, tokens + 1, joint units)``, and the logits' gradient, ``(frames, tokens + 1,
    vocabulary)``. Batches are to be limited by frames (``batch_type: numel``).

    Parameters
    ----------
    decoder
        The prediction network, ``decoder: transducer``.
    joint_network
        Which ESPnet's task builds with that decoder.
    ctc_weight
        There is no CTC branch: 0.
    max_symbols_per_frame
        Most tokens that decoding takes from one encoder state.
    **kwargs
        As ESPnet's ASR model.
    """

    def __init__(
        self,
        decoder: torch.nn.Module | None,
        joint_network: torch.nn.Module | None,
        ctc_weight: float = 0.0,
        max_symbols_per_frame: int = 5,
        **kwargs: Any,
    ) -> None:
        if joint_network is None:
            raise SentemoError("model: transducer needs decoder: transducer")
        if ctc_weight != 0.0:
            raise SentemoError(f"model: transducer has no CTC branch: ctc_weight {ctc_weight}")
        # The parent imports warprnnt_pytorch when it sees a joint network.
        super().__init__(
            decoder=decoder,
            joint_network=None,
            ctc_weight=0.0,
            report_cer=False,
            report_wer=False,
            **kwargs,
        )
        if self.blank_id != decoder.blank_id:
            raise SentemoError("model: transducer needs <blank> as the first token")
        self.joint_network = joint_network
        self.use_transducer_decoder = True
        self.max_symbols_per_frame = max_symbols_per_frame

    def batch_losses(
        self,
        states: torch.Tensor,
        lengths: torch.Tensor,
        text: torch.Tensor,
        text_lengths: torch.Tensor,
        **targets: Any,
    ) -> dict[str, torch.Tensor]:
        """Transducer loss of what `encode` returns: summed per utterance, mean over the batch."""
        return {"loss": self._losses(states, lengths, text, text_lengths).mean()}

    def utterance_records(
        self,
        states: torch.Tensor,
        lengths: torch.Tensor,
        text: torch.Tensor,
        text_lengths: torch.Tensor,
        **targets: Any,
    ) -> list[dict[str, Any]]:
        """Loss, reference and greedy hypothesis of each utterance."""
        losses = self._losses(states, lengths, text, text_lengths).tolist()
        hypotheses = self._greedy_search(states, lengths)
        return [
            {
                "loss": losses[row],
                "reference": self.to_text(text[row, : text_lengths[row]].tolist()),
                "hypothesis": self.to_text(tokens),
            }
            for row, tokens in enumerate(hypotheses)
        ]

    @torch.no_grad()
    def decode_batch(
        self, speech: torch.Tensor, speech_lengths: torch.Tensor, beam_size: int = 1
    ) -> list[str]:
        """Transcribe a batch, one utterance at a time with beams of more than 1.

        Beam search is ESPnet's time-synchronous one (``tsd``). With its others, an unsure model
        may search for minutes (``default``, ``maes``), or a text cannot have more tokens than
        there are states (``alsd``, ``nsc`` of one step).

        Parameters
        ----------
        speech, speech_lengths
            See `EncodingMixin.encode`.
        beam_size
            1 searches greedily.
        """
        states, lengths = self.encode(speech, speech_lengths)
        if beam_size == 1:
            return [self.to_text(tokens) for tokens in self._greedy_search(states, lengths)]
        search = BeamSearchTransducer(
            self.decoder,
            self.joint_network,
            min(beam_size, len(self.token_list) - 1),  # there are no more than these to follow
            search_type="tsd",
            max_sym_exp=self.max_symbols_per_frame + 1,  # the last expansion takes blanks alone
        )
        best = [search(state[:length])[0] for state, length in zip(states, lengths, strict=True)]
        return [self.to_text(hypothesis.yseq[1:]) for hypothesis in best]

    @staticmethod
    def min_encoder_frames(tokens: Sequence[int]) -> int:
        """Return how many encoder states a text needs: one can give any number of tokens."""
        return 1

    def _losses(
        self,
        states: torch.Tensor,
        lengths: torch.Tensor,
        text: torch.Tensor,
        text_lengths: torch.Tensor,
    ) -> torch.Tensor:
        """Negative log-likelihood of each utterance, ``(batch,)``, in float32 under AMP too.

        The joint network sees one utterance at a time: padding would count twice, in states and in
        tokens, and on a CPU an utterance stays in the cache.
        """
        self.decoder.set_device(states.device)
        previous = torch.nn.functional.pad(text.clamp(min=0), (1, 0), value=self.blank_id)
        predictions = self.decoder(previous)
        lengths, text_lengths = lengths.to(states.device).int(), text_lengths.int()
        losses = []
        for row, (frames, tokens) in enumerate(
            zip(lengths.tolist(), text_lengths.tolist(), strict=True)
        ):
            one = slice(row, row + 1)
            logits = self.joint_network(
                states[one, :frames, None], predictions[one, None, : tokens + 1]
            )
            target = text[one, :tokens].int()
            losses.append(
                rnnt_loss(
                    logits.float(),
                    target,
                    lengths[one],
                    text_lengths[one],
                    self.blank_id,
                    reduction="none",
                )
            )
        return torch.cat(losses)

    def _greedy_search(self, states: torch.Tensor, lengths: torch.Tensor) -> list[list[int]]:
        """Take the likeliest token of each state until that is a blank; all utterances at once.

        ESPnet's greedy search takes at most one token per state, fewer than English has letters
        in 80 ms.

        Parameters
        ----------
        states, lengths
            ``(batch, states, features)`` and the valid ones, ``(batch,)``.

        Returns
        -------
        list
            The token ids of each utterance.
        """
        self.decoder.set_device(states.device)
        encoded, lengths = self.joint_network.lin_enc(states), lengths.to(states.device)
        rows = torch.arange(len(states), device=states.device)
        position = torch.zeros_like(rows)  # of each utterance's present state
        taken = torch.zeros_like(rows)  # tokens of that state so far
        token = torch.full_like(rows, self.blank_id)
        predicted, memory = self._predict(token, self.decoder.init_state(len(states)))
        steps = [token]
        while (unfinished := position < lengths).any():
            state = encoded[rows, position.clamp(max=encoded.size(1) - 1)]
            token = self.joint_network(state, predicted, no_projection=True).argmax(dim=-1)
            emits = unfinished & (token != self.blank_id) & (taken < self.max_symbols_per_frame)
            steps.append(token.masked_fill(~emits, self.blank_id))
            taken = torch.where(emits, taken + 1, 0)
            position = position + (~emits).long()
            following, new_memory = self._predict(token, memory)
            predicted = torch.where(emits[:, None], following, predicted)
            memory = tuple(
                old if new is None else torch.where(emits[None, :, None], new, old)
                for old, new in zip(memory, new_memory, strict=True)
            )
        tokens = torch.stack(steps, dim=1).tolist()
        return [[number for number in row if number != self.blank_id] for row in tokens]

    def _predict(
        self, token: torch.Tensor, memory: tuple[torch.Tensor, torch.Tensor | None]
    ) -> tuple[torch.Tensor, tuple[torch.Tensor, torch.Tensor | None]]:
        """One step of the prediction network: ``(batch,)`` tokens to ``(batch, joint units)``."""
        embedded = self.decoder.embed(token[:, None])
        output, memory = self.decoder.rnn_forward(embedded, memory)
        return self.joint_network.lin_dec(output[:, 0]), memory
