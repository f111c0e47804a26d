"""From speech to encoder states, the same way in every model of ours."""

import torch


class EncodingMixin:
    """`encode` for models with ESPnet's attribute names.

    The order is frontend, normalisation, *then* SpecAugment (a masked value is the mean), the
    pre-encoder, the encoder. ESPnet's own models mask before they normalise.
    """

    def encode(
        self,
        speech: torch.Tensor,
        speech_lengths: torch.Tensor,
        utt_id: list[str] | None = None,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Encode a batch; `espnet2.bin.asr_inference` calls this too.

        Parameters
        ----------
        speech
            Features ``(batch, frames, features)``, or samples ``(batch, samples)`` where the model
            has a frontend.
        speech_lengths
            Valid frames or samples, ``(batch,)``.
        utt_id
            Utterance ids, which SpecAugment needs in training.

        Returns
        -------
        tuple
            ``(batch, encoder frames, encoder features)`` and the valid encoder frames.
        """
        # ESPnet's normalisation works in place; the caller's batch stays as it is.
        feats, lengths = speech.clone(), speech_lengths
        if self.frontend is not None:
            feats, lengths = self.frontend(feats, lengths)
        if self.normalize is not None:
            feats, lengths = self.normalize(feats, lengths)
        if self.specaug is not None and self.training:
            feats, lengths = self.specaug(feats, lengths, utt_id)
        if self.preencoder is not None:
            feats, lengths = self.preencoder(feats, lengths)
        states, lengths, _ = self.encoder(feats, lengths)
        return states, lengths
