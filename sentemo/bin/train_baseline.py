"""Train and test a baseline on every fold: openSMILE with a linear SVM, or the largest class.

Usage:
  python -m sentemo.bin.train_baseline --config conf/baseline_compare.yaml --data data/all \
      --dump dump --labels labels.txt --folds folds/loso.tsv --exp exp/baseline_compare
"""

import argparse
from pathlib import Path
from typing import Any

from sentemo.baselines.classifiers import ClassifiedFold, largest_class, linear_svm
from sentemo.baselines.functionals import functionals
from sentemo.bin.options import true_or_false
from sentemo.core.config import read_config
from sentemo.core.errors import SentemoError, run_command
from sentemo.data.audio import audio_fingerprint
from sentemo.data.extraction import check_audio
from sentemo.data.features import SAMPLE_RATE, source_digest
from sentemo.data.fold_files import read_folds
from sentemo.data.kaldi import Utterance, read_data_dir
from sentemo.data.labels import class_numbers, read_labels
from sentemo.data.splits import Fold
from sentemo.experiment.directory import Experiment
from sentemo.experiment.ser import describe_data, fold_tables
from sentemo.launch.workers import add_nj_argument
from sentemo.scoring.predictions import write_predictions

KEYS = {"linear_svm": {"feature_set", "complexities"}, "largest_class": set()}


def main(argv: list[str] | None = None) -> None:
    """Write the predictions of all folds, unless they are there."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], allow_abbrev=False)
    parser.add_argument("--config", type=Path, required=True, help="conf/baseline_*.yaml")
    parser.add_argument("--data", type=Path, required=True, help="data directory")
    parser.add_argument("--dump", type=Path, required=True, help="folder that keeps functionals")
    parser.add_argument("--labels", type=Path, required=True, help="labels.txt")
    parser.add_argument("--folds", type=Path, required=True, help="fold file")
    parser.add_argument("--exp", type=Path, required=True, help="experiment directory")
    parser.add_argument("--corpus", help="named in the results (default: as in the data)")
    add_nj_argument(parser)
    parser.add_argument("--convert_audio", type=true_or_false, default=False)
    args = parser.parse_args(argv)

    settings = _settings(args.config)
    utterances = read_data_dir(args.data)
    inputs = [args.labels, args.folds, *fold_tables(args.data)]
    options = {
        "source": source_digest(utterances),
        "audio": audio_fingerprint(utt.audio for utt in utterances),
        "convert_audio": args.convert_audio,
    }
    experiment = Experiment(args.exp, args.config, inputs, options)
    if experiment.is_done("train", "predictions/test.tsv"):
        print(f"{args.exp}: finished")
        return
    labels = read_labels(args.labels)
    class_numbers(utterances, labels)  # names what has none
    folds = read_folds(args.folds, utterances)
    described = describe_data(args.data, None, args.folds, folds, utterances)
    feature_set = settings.get("feature_set")
    if feature_set is not None:
        described["notes"] += check_audio(args.data, utterances, SAMPLE_RATE, args.convert_audio)
    experiment.start(
        title=args.config.stem.replace("_", ": "),
        seed=None,
        asr_model=None,
        epochs="none" if feature_set is None else "complexity of each fold's SVM by valid UA",
        **{**described, **({"corpus": args.corpus} if args.corpus else {})},
    )
    values = None
    if feature_set is not None:
        kept = args.dump / feature_set / args.data.name / "functionals.npz"
        values = functionals(utterances, feature_set, kept, args.nj, args.convert_audio)
    found = [_classify(settings, utterances, fold, labels, values) for fold in folds]
    for side in ("valid", "test"):
        predictions = [p for fold in found for p in getattr(fold, side)]
        write_predictions(args.exp / "predictions" / f"{side}.tsv", labels, predictions)
    experiment.finish("train")


def _settings(config: Path) -> dict[str, Any]:
    settings = read_config(config)
    classifier = settings.get("classifier")
    if classifier not in KEYS or settings.keys() - {"classifier"} != KEYS[classifier]:
        known = "; ".join(f"{name}: {', '.join(sorted(keys))}" for name, keys in KEYS.items())
        raise SentemoError(f"{config}: a classifier and its settings are needed ({known})")
    complexities = settings.get("complexities", [1.0])
    is_list = isinstance(complexities, list) and len(complexities) > 0
    if not is_list or not all(map(_is_positive, complexities)):
        raise SentemoError(
            f"{config}: complexities: {complexities!r}; give positive numbers, such as "
            "[0.001, 0.01] (YAML takes 1e-3 for a word)"
        )
    return settings


def _is_positive(value: Any) -> bool:
    return isinstance(value, int | float) and value > 0


def _classify(
    settings: dict[str, Any],
    utterances: list[Utterance],
    fold: Fold,
    labels: list[str],
    values: dict[str, Any] | None,
) -> ClassifiedFold:
    if values is None:
        return largest_class(utterances, fold, labels)
    found = linear_svm(utterances, fold, labels, values, settings["complexities"])
    print(f"fold {fold.number}: complexity {found.complexity:g}", flush=True)
    return found


if __name__ == "__main__":
    run_command(main)
