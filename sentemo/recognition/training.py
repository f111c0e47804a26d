"""Training of ASR on one fold: token list, statistics, data files, ESPnet's task."""

import argparse
import logging
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sentemo.core.config import read_config
from sentemo.core.errors import Problems, SentemoError
from sentemo.core.files import atomic_file
from sentemo.core.logs import TRAIN_LOG, log_to
from sentemo.data.features import FeatureDir
from sentemo.data.kaldi import Utterance
from sentemo.data.proxy_labels import ProxyLabels, label_notes, write_sentiment_targets
from sentemo.data.splits import Fold, side_of_fold
from sentemo.data.tokens import bpe_tokens, character_tokens, characters
from sentemo.training.inputs import StateRows, data_arguments, side_dir, use_features, write_side

if TYPE_CHECKING:
    from espnet2.asr.espnet_model import ESPnetASRModel

    from sentemo.training.too_short import TooShort

LEFT_OUT_FILE = "left_out.tsv"
BPE_SIZE = 500

progress = logging.getLogger("sentemo.progress")


def transcripts(utterances: Sequence[Utterance], tokens: Sequence[str]) -> dict[str, str]:
    """Return the transcript of each utterance, after a check that the tokens can spell it.

    Raises
    ------
    SentemoError
        Naming the utterances without a transcript or with characters outside the tokens.
    """
    known = characters(tokens)
    problems = Problems("transcripts")
    for utt in utterances:
        if not utt.text:
            problems.add("no transcript", utt.id, "needed to train and score ASR")
        elif strange := set(utt.text) - known:
            problems.add("character outside the token list", utt.id, repr("".join(sorted(strange))))
    problems.raise_if_any("Correct these lines of data/all/text.")
    return {utt.id: utt.text for utt in utterances if utt.text}


@dataclass(frozen=True)
class ASRTraining:
    """All that a training of an ASR or SA2SR model depends on.

    Attributes
    ----------
    config
        Configuration for the ASR task.
    utterances, fold
        Utterances of the data, and the fold: the model is trained on its training side, and epochs
        are chosen on its validation side.
    features
        Features of the utterances.
    exp
        Experiment directory.
    settings
        Further arguments of the task, such as ``seed`` and ``ngpu``.
    token_type
        "char" or "bpe"; None takes that of the configuration, or characters.
    bpe_size
        Number of tokens of the byte pair encoding, which is trained on the training side.
    processes, nodes
        See `sentemo.training.distributed.run_task`.
    labels
        Sentiment of the transcripts, for an SA2SR model.
    states
        Kept states that the training begins at, see `KeptStates.rows_above`; None begins with the
        features.
    """

    config: Path
    utterances: Sequence[Utterance]
    fold: Fold
    features: FeatureDir
    exp: Path
    settings: Mapping[str, Any]
    token_type: str | None = None
    bpe_size: int | None = None
    processes: int = 1
    nodes: int = 1
    labels: ProxyLabels | None = None
    states: StateRows | None = None

    @property
    def heard(self) -> FeatureDir | StateRows:
        """The input that the model hears in training."""
        return self.states or self.features

    @property
    def lengths(self) -> dict[str, int]:
        """Number of frames or states of each utterance, without silence."""
        return self.states.own if self.states else self.features.num_frames

    def side(self, name: str) -> list[Utterance]:
        """Return the utterances of a side of the fold: ``train``, ``valid`` or ``test``."""
        return side_of_fold(self.utterances, self.fold, name)


def train_asr(training: ASRTraining) -> list[str]:
    """Train a model, and return the notes for the results.

    The notes say which weights the model began with, how many training utterances were left out
    (``left_out.tsv`` lists them), and, of an SA2SR model, where its labels come from and how much
    its two losses weigh.

    Raises
    ------
    SentemoError
        Among others, when an utterance that is to be recognised is too short for the encoder.
    """
    exp, features, labels = training.exp, training.features, training.labels
    tokens = _token_arguments(training)
    # The test side is checked too: a wrong transcript shows now, not at decoding.
    texts = {
        side: transcripts(training.side(side), tokens["token_list"])
        for side in ("train", "valid", "test")
    }
    with log_to(exp / TRAIN_LOG, show_progress=True):
        from sentemo.recognition.initial_weights import check_initial_weights
        from sentemo.tasks.sa2sr import recognition_task
        from sentemo.training.arguments import training_arguments
        from sentemo.training.distributed import run_task
        from sentemo.training.too_short import refuse_too_short

        task = recognition_task(read_config(training.config).get("model"))
        given = {"output_dir": str(exp), **tokens, **training.settings}
        given["upon_states"] = training.states is not None
        args = training_arguments(task, training.config, given)
        use_features(args, features, texts["train"])
        spoken = {utt: text for side in texts.values() for utt, text in side.items()}
        untrained = task.build_model(deepcopy(args))  # the training builds its own
        notes = check_initial_weights(untrained, args.init_param, args.ignore_init_mismatch)
        short = _too_short(untrained, args, training, spoken)
        refuse_too_short({utt: short[utt] for utt in short.keys() - texts["train"].keys()})
        notes += _leave_out(exp, texts["train"], short)
        files = {
            side: write_side(side_dir(exp, side), training.heard, texts[side], "text", "text")
            for side in texts
        }
        if labels is not None:
            notes += label_notes(labels, texts, args.sentiment_targets, args.missing_sentiment)
            for side, of_side in files.items():
                targets = labels, texts[side], args.sentiment_targets
                of_side.append(write_sentiment_targets(side_dir(exp, side), *targets))
        vars(args).update(data_arguments(exp, files))
    run_task(task, args, training.processes, training.nodes)
    if labels is not None:
        with log_to(exp / TRAIN_LOG, show_progress=True):
            notes.append(_balance(exp, args))
    return notes


def _token_arguments(training: ASRTraining) -> dict[str, Any]:
    """Return the task's arguments about tokens."""
    config = training.config
    token_type = training.token_type or read_config(config).get("token_type", "char")
    texts = [utt.text or "" for utt in training.side("train")]
    if token_type == "bpe":
        model = training.exp / "bpe.model"
        tokens = bpe_tokens(texts, training.bpe_size or BPE_SIZE, model)
        return {"token_type": token_type, "token_list": tokens, "bpemodel": str(model)}
    if token_type != "char":
        raise SentemoError(f"{config}: token_type {token_type}: choose char or bpe")
    if training.bpe_size is not None:
        raise SentemoError("--bpe_size is for --token_type bpe")
    return {"token_type": token_type, "token_list": character_tokens(texts)}


def _too_short(
    model: "ESPnetASRModel",
    args: argparse.Namespace,
    training: ASRTraining,
    texts: Mapping[str, str],
) -> dict[str, "TooShort"]:
    from sentemo.tasks.asr import ASRTask
    from sentemo.training.too_short import too_short

    to_ids = ASRTask.build_preprocess_fn(args, train=False)
    assert to_ids is not None  # only use_preprocessor false leaves it out
    ids = ((utt, to_ids(utt, {"text": text})["text"].tolist()) for utt, text in texts.items())
    return too_short(model, training.heard.dim, training.lengths, ids)


def _balance(exp: Path, args: argparse.Namespace) -> str:
    """Describe how large SA2SR's two losses are on the validation side, and which λ balances them.

    The paper chose its λ so that both are about equal there (section 4.2).
    """
    from espnet2.train.reporter import Reporter

    from sentemo.core import checkpoint
    from sentemo.models.sa2sr import BALANCED, PUBLISHED_WEIGHT, balancing_weight

    reporter = Reporter()
    state = checkpoint.load_checkpoint(exp)
    assert state is not None  # the training has just written it
    reporter.load_state_dict(state["reporter"])
    epoch = reporter.get_best_epoch(*args.best_model_criterion[0])
    asr, sentiment = (
        reporter.get_value("valid", name, epoch) for name in ("asr_loss", "sentiment_loss")
    )
    weight = args.model_conf.get("sentiment_weight", PUBLISHED_WEIGHT)
    if weight == BALANCED:
        weight = state["model"]["balance"].item()
    note = (
        f"validation losses of epoch {epoch}: ASR {asr:.1f}, sentiment {sentiment:.3f} times "
        f"λ {weight:g} is {weight * sentiment:.1f}; "
        f"λ {balancing_weight(asr, sentiment):.0f} would balance them"
    )
    progress.info(note)
    return note


def _leave_out(exp: Path, texts: dict[str, str], short: Mapping[str, "TooShort"]) -> list[str]:
    """Remove too short utterances of the training side from `texts`, and list them in a file."""
    before, left_out = len(texts), sorted(texts.keys() & short.keys())
    with atomic_file(exp / LEFT_OUT_FILE) as stream:
        stream.write("item\treason\n")
        stream.writelines(f"{utt}\t{short[utt].reason}\n" for utt in left_out)
    for utt in left_out:
        del texts[utt]
    if not texts:
        raise SentemoError(f"{exp / LEFT_OUT_FILE}: every training utterance is too short")
    if not left_out:
        return []
    note = f"{len(left_out)} of {before} training utterances left out as too short for the model"
    progress.info(f"{note}: {exp / LEFT_OUT_FILE}")
    return [note]
