"""Occlusion of a fold's test utterances, by the model that learnt without them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sentemo.data.audio import read_audio
from sentemo.data.features import SAMPLE_RATE
from sentemo.data.splits import side_of_fold
from sentemo.data.word_times import Word
from sentemo.folds.job import FoldJob
from sentemo.inference.answers import SpeechEmotionResult
from sentemo.inference.checkpoint_files import files_of_experiment
from sentemo.inference.interpretation import ALWAYS
from sentemo.inference.judging import Judge
from sentemo.inference.occlusion import occlude, pieces_by

Pieces = Mapping[str, float | Sequence[Word]]  # by utterance: its words, or the length of moments


def occlude_test(pieces: Pieces, job: FoldJob) -> dict[str, SpeechEmotionResult]:
    """Silence pieces of utterances of the fold's test side, and hear what is left.

    The model hears audio, not kept states, which know nothing of silence.

    Returns
    -------
    dict
        The result of each utterance that `pieces` name, with its `occlusion`.
    """
    from sentemo.core.logs import log_to

    with log_to(job.exp / "occlusion.log"):
        import torch

        from sentemo.inference.torch_backend import TorchBackend

        torch.set_num_threads(job.threads)
        exp = job.exp.parent
        device = "cuda" if job.settings["ngpu"] else "cpu"
        files = files_of_experiment(exp, fold=job.fold.number)
        backend = TorchBackend(files, str(exp), device)
        judge = Judge(backend.describe(exp.name), backend, ALWAYS, None, None, None)
        found: dict[str, SpeechEmotionResult] = {}
        for utt in side_of_fold(job.utterances, job.fold, "test"):
            if utt.id in pieces:
                samples = read_audio(utt.audio, SAMPLE_RATE, True, utt.start, utt.end, utt.channel)
                [result] = judge([samples])
                some = pieces_by(pieces[utt.id], result)
                occlusion = occlude(judge, samples, result, some)
                found[utt.id] = replace(result, occlusion=occlusion)
        return found
