"""A baseline on every fold: openSMILE with a linear SVM, or the largest class."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sentemo.baselines.classifiers import ClassifiedFold, largest_class, linear_svm
from sentemo.baselines.functionals import digests_of, functionals
from sentemo.core.config import read_config
from sentemo.core.errors import SentemoError
from sentemo.data.audio import audio_fingerprint, read_headers
from sentemo.data.extraction import check_audio
from sentemo.data.features import SAMPLE_RATE, source_digest
from sentemo.data.fold_files import read_folds
from sentemo.data.kaldi import Utterance, read_data_dir
from sentemo.data.labels import class_numbers, read_labels, without_distributions
from sentemo.data.same_recordings import (
    repetition_notes,
    require_recordings_apart,
    same_recordings,
)
from sentemo.data.splits import Fold
from sentemo.experiment.description import describe_data, fold_tables
from sentemo.experiment.directory import PREDICTED_SIDE, ExperimentDirectory
from sentemo.scoring.predictions import predictions_file, write_predictions

KEYS: dict[str, set[str]] = {"linear_svm": {"feature_set", "complexities"}, "largest_class": set()}


@dataclass(frozen=True)
class BaselineExperiment:
    """A classifier that needs neither frames nor epochs.

    Attributes
    ----------
    directory
        Experiment directory, which receives the predictions.
    config
        Configuration: a classifier and its settings.
    data
        Data directory.
    dump
        Folder that keeps functionals.
    labels, folds
        Labels file and fold file.
    corpus
        Name in the results; None takes the data's.
    nj
        Processes that compute functionals; None is one per available core.
    convert_audio
        Whether to resample and downmix audio that is not 16 kHz mono.
    """

    directory: Path
    config: Path
    data: Path
    dump: Path
    labels: Path
    folds: Path
    corpus: str | None = None
    nj: int | None = None
    convert_audio: bool = False

    def train(self) -> None:
        """Train and test every fold, unless its predictions are there.

        Raises
        ------
        SentemoError
            When the configuration is wrong, or audio or labels are; when one recording is on two
            sides of a fold.
        """
        settings = read_settings(self.config)
        utterances = without_distributions(read_data_dir(self.data))
        guarded = self._guarded_directory(utterances)
        if guarded.is_done("train", "predictions/test.tsv"):
            print(f"{self.directory}: finished")
            return
        labels = read_labels(self.labels)
        class_numbers(utterances, labels)  # names the utterances that have no class
        folds = read_folds(self.folds, utterances)
        described = self._description(settings, utterances, folds)
        values = None
        if (feature_set := settings.get("feature_set")) is not None:
            kept = self.dump / feature_set / self.data.name / "functionals.npz"
            values = functionals(utterances, feature_set, kept, self.nj, self.convert_audio)
            digests = digests_of(values)
            require_recordings_apart(folds, utterances, digests, str(self.data))
            described["notes"] += repetition_notes(same_recordings(utterances, digests))
        guarded.start(**described)
        found = [_classify(settings, utterances, fold, labels, values) for fold in folds]
        for side in ("valid", "test"):
            predictions = [p for fold in found for p in getattr(fold, side)]
            path = self.directory / "predictions" / f"{side}.tsv"
            write_predictions(path, labels, predictions)
        guarded.finish("train")

    def is_done(self, stage: str) -> bool:
        """Tell whether the side that ``train`` or ``decode`` predicts is there.

        Training compares its inputs, and predicts both sides.
        """
        return (self.directory / predictions_file("label", PREDICTED_SIDE[stage])).is_file()

    def _guarded_directory(self, utterances: Sequence[Utterance]) -> ExperimentDirectory:
        options = {
            "source": source_digest(utterances),
            "audio": audio_fingerprint(utt.audio for utt in utterances),
            "convert_audio": self.convert_audio,
        }
        inputs = [self.labels, self.folds, *fold_tables(self.data)]
        return ExperimentDirectory(self.directory, self.config, inputs, options)

    def _description(
        self, settings: Mapping[str, Any], utterances: list[Utterance], folds: list[Fold]
    ) -> dict[str, Any]:
        described = describe_data(self.data, None, self.folds, folds, utterances)
        hears = settings.get("feature_set") is not None
        if hears:
            headers = read_headers(utt.audio for utt in utterances)
            notes = check_audio(self.data, utterances, headers, SAMPLE_RATE, self.convert_audio)
            described["notes"] += notes
        if self.corpus:
            described["corpus"] = self.corpus
        return {
            "title": self.config.stem.replace("_", ": "),
            "seed": None,
            "asr_model": None,
            "epochs": "complexity of each fold's SVM by valid UA" if hears else "none",
            **described,
        }


def read_settings(config: Path) -> dict[str, Any]:
    """Read a baseline's configuration.

    Raises
    ------
    SentemoError
        When it names no known classifier, or not the settings that this one has.
    """
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
    settings: Mapping[str, Any],
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
