"""RNN transducer (Graves 2012; Lu et al. 2020, section 3.1) on ESPnet's ASR model."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import torch
from espnet2.asr.espnet_model import ESPnetASRModel
from espnet2.asr.transducer.beam_search_transducer import BeamSearchTransducer
from torchaudio.functional import rnnt_loss

from sentemo.core.errors import SentemoError
from sentemo.models.recognition import RecognitionMixin

if TYPE_CHECKING:
    from espnet2.asr.decoder.transducer_decoder import TransducerDecoder
    from espnet2.asr_transducer.joint_network import JointNetwork

Memory = tuple[torch.Tensor, torch.Tensor | None]  # state of the prediction network; None for GRUs


class TransducerModel(RecognitionMixin, ESPnetASRModel):
    """ESPnet's transducer with torchaudio's loss; `espnet2.bin.asr_inference` decodes it.

    It differs from its parent in the loss (ESPnet's needs `warprnnt_pytorch`), SpecAugment after
    normalisation, validation metrics over the whole set, and greedy search.

    The joint network needs most of the memory: for each utterance of a batch, training keeps its
    hidden layer, ``(frames, tokens + 1, joint units)``, and the logits' gradient, ``(frames,
    tokens + 1, vocabulary)``. Limit batches by their frames (``batch_type: numel``).

    Parameters
    ----------
    decoder
        Prediction network, which ``decoder: transducer`` builds.
    joint_network
        Joint network, which ESPnet's task builds with that decoder.
    ctc_weight
        Must be 0, because there is no CTC branch.
    max_symbols_per_frame
        Largest number of tokens that decoding takes from one encoder state.
    **kwargs
        Further arguments of ESPnet's ASR model.
    """

    def __init__(
        self,
        decoder: "TransducerDecoder | None",
        joint_network: "JointNetwork | None",
        ctc_weight: float = 0.0,
        max_symbols_per_frame: int = 5,
        **kwargs: Any,
    ) -> None:
        if decoder is None or joint_network is None:
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
        **targets: torch.Tensor,
    ) -> dict[str, torch.Tensor]:
        """Return the transducer loss, summed over an utterance, mean over the batch."""
        return {"loss": self._losses(states, lengths, text, text_lengths).mean()}

    def utterance_records(
        self,
        states: torch.Tensor,
        lengths: torch.Tensor,
        text: torch.Tensor,
        text_lengths: torch.Tensor,
        **targets: torch.Tensor,
    ) -> list[dict[str, Any]]:
        """Return loss, reference and greedy hypothesis of each utterance."""
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
        """Transcribe a batch: greedily, or by beam search, one utterance at a time.

        The beam search is ESPnet's time-synchronous one (``tsd``). With the other searches of
        ESPnet an unsure model may take minutes (``default``, ``maes``), or a text cannot have more
        tokens than there are states (``alsd``, ``nsc`` of one step).

        Parameters
        ----------
        speech, speech_lengths
            See `EncodingMixin.encode`.
        beam_size
            Number of hypotheses that are followed at a time; 1 is greedy search.
        """
        states, lengths = self.encode(speech, speech_lengths)
        if beam_size == 1:
            return [self.to_text(tokens) for tokens in self._greedy_search(states, lengths)]
        search = BeamSearchTransducer(
            self.decoder,
            self.joint_network,
            min(beam_size, len(self.token_list) - 1),  # there are no more tokens to follow
            search_type="tsd",
            max_sym_exp=self.max_symbols_per_frame + 1,  # the last expansion only takes blanks
        )
        best = [search(state[:length])[0] for state, length in zip(states, lengths, strict=True)]
        return [self.to_text(hypothesis.yseq[1:]) for hypothesis in best]

    @staticmethod
    def min_encoder_frames(tokens: Sequence[int]) -> int:
        """Return how many states a text needs: one state can give any number of tokens."""
        return 1

    def _losses(
        self,
        states: torch.Tensor,
        lengths: torch.Tensor,
        text: torch.Tensor,
        text_lengths: torch.Tensor,
    ) -> torch.Tensor:
        """Return the negative log-likelihood of each utterance, ``(batch,)``, always in float32.

        The joint network is given one utterance at a time: padding would cost twice, in states and
        in tokens, and on a CPU one utterance stays in the cache.
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
        """Take the likeliest token of each state until it is a blank, for all utterances at once.

        ESPnet's greedy search takes at most one token per state, and English may have more letters
        in the 80 ms of a state.

        Parameters
        ----------
        states, lengths
            States ``(batch, states, features)`` and the valid ones, ``(batch,)``.

        Returns
        -------
        list
            The token ids of each utterance.
        """
        self.decoder.set_device(states.device)
        encoded, lengths = self.joint_network.lin_enc(states), lengths.to(states.device)
        rows = torch.arange(len(states), device=states.device)
        position = torch.zeros_like(rows)  # the present state of each utterance
        taken = torch.zeros_like(rows)  # number of tokens taken from that state
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
            (hidden, cell), (new_hidden, new_cell) = memory, new_memory
            kept = emits[None, :, None]
            hidden = torch.where(kept, new_hidden, hidden)
            if cell is not None and new_cell is not None:
                cell = torch.where(kept, new_cell, cell)
            memory = hidden, cell
        tokens = torch.stack(steps, dim=1).tolist()
        return [[number for number in row if number != self.blank_id] for row in tokens]

    def _predict(self, token: torch.Tensor, memory: Memory) -> tuple[torch.Tensor, Memory]:
        """Step the prediction network: ``(batch,)`` tokens to ``(batch, joint units)``."""
        embedded = self.decoder.embed(token[:, None])
        output, memory = self.decoder.rnn_forward(embedded, memory)
        return self.joint_network.lin_dec(output[:, 0]), memory
