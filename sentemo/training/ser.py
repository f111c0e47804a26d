"""One fold of speech emotion recognition: train it, predict with it."""

from pathlib import Path

import torch
from espnet2.train.reporter import Reporter

from sentemo.data.kaldi import Utterance
from sentemo.errors import Problems, SentemoError
from sentemo.predictions import Prediction
from sentemo.tasks.ser import SERTask
from sentemo.training import checkpoint
from sentemo.training.arguments import training_arguments
from sentemo.training.folds import FoldJob
from sentemo.training.inputs import SHAPE, side_of_fold, use_features, write_side
from sentemo.training.trainer import evaluate

BATCH_SIZE = 32  # of predictions; padding changes no result, only speed


def train_on_fold(job: FoldJob) -> tuple[int, int]:
    """Train one fold from its last completed epoch on.

    Returns
    -------
    best_epoch, epochs
        The epoch chosen on the validation side, and the number of epochs trained.
    """
    torch.set_num_threads(job.threads)
    files = {side: _write_side(job, side) for side in ("train", "valid")}
    args = training_arguments(
        SERTask,
        job.config,
        {
            "output_dir": str(job.exp),
            "labels": job.labels,
            "train_data_path_and_name_and_type": files["train"],
            "valid_data_path_and_name_and_type": files["valid"],
            "train_shape_file": [str(job.exp / "split" / "train" / SHAPE)],
            "valid_shape_file": [str(job.exp / "split" / "valid" / SHAPE)],
            **job.settings,
        },
    )
    use_features(args, job.features, job.fold.train)
    SERTask.main(args=args)
    reporter = Reporter()
    reporter.load_state_dict(checkpoint.load_checkpoint(job.exp)["reporter"])
    return reporter.get_best_epoch(*args.best_model_criterion[0]), reporter.get_epoch()


def predict_side(job: FoldJob, side: str) -> list[Prediction]:
    """Predict the utterances of one side with the fold's chosen weights."""
    torch.set_num_threads(job.threads)
    files = _write_side(job, side)
    model, args = SERTask.build_model_from_file(str(job.exp / "config.yaml"))
    model.load_state_dict(checkpoint.load_weights(best_weights(job.exp, args.best_model_criterion)))
    ngpu = job.settings["ngpu"]
    if ngpu > 0:
        model.cuda()
    iterator = SERTask.build_streaming_iterator(
        files,
        preprocess_fn=None,
        collate_fn=SERTask.build_collate_fn(args, train=False),
        batch_size=BATCH_SIZE,
        dtype=args.train_dtype,
        num_workers=0,
    )
    records = evaluate(model, iterator, ngpu)
    speakers = {utt.id: utt.speaker for utt in job.utterances}
    return [
        Prediction(
            utterance=utt,
            fold=job.fold.number,
            speaker=speakers[utt],
            label=job.labels[record["label"]],
            predicted=job.labels[
                max(range(len(job.labels)), key=record["probabilities"].__getitem__)
            ],
            probabilities=tuple(record["probabilities"]),
        )
        for utt, record in records.items()
    ]


def best_weights(exp: Path, criteria: list[list[str]]) -> Path:
    """Return the averaged weights of the best epochs where they were averaged, else the best."""
    phase, metric, _ = criteria[0]
    for kind in ("ave", "best"):
        if (path := exp / f"{phase}.{metric}.{kind}.pth").is_file():
            return path
    raise SentemoError(f"{exp}: no weights of a best epoch. Run the train stage first.")


def _write_side(job: FoldJob, side: str) -> list[tuple[str, str, str]]:
    utterances = side_of_fold(job.utterances, job.fold, side)
    targets = class_numbers(utterances, job.labels)
    if side == "train":
        _require_all_classes(targets, job)
    return write_side(job.exp / "split" / side, job.features, targets, "label", "text_int")


def class_numbers(utterances: list[Utterance], labels: list[str]) -> dict[str, str]:
    """Return each utterance's class number, as text for a table.

    Raises
    ------
    SentemoError
        Naming the utterances without a label or with one that `labels` lacks.
    """
    number = {label: str(index) for index, label in enumerate(labels)}
    problems = Problems("labels")
    for utt in utterances:
        if utt.label not in number:
            problems.add("label not in labels.txt", utt.id, str(utt.label))
    problems.raise_if_any("Add these labels to labels.txt, or leave the utterances out.")
    return {utt.id: number[utt.label] for utt in utterances}


def _require_all_classes(targets: dict[str, str], job: FoldJob) -> None:
    present = {int(number) for number in targets.values()}
    missing = [label for number, label in enumerate(job.labels) if number not in present]
    if missing:
        raise SentemoError(
            f"fold {job.fold.number}: no training utterance is labelled {', '.join(missing)}. "
            "Use other folds, or take the class out of labels.txt."
        )
