"""A trained experiment on its own test sides under noise, in rooms, over lines and codecs.

The utterances of a condition, their features and their states lie in ``dump/robustness``, so that
all experiments upon the same upstream read them, and the encoder runs once for each condition.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sentemo.core.errors import SentemoError
from sentemo.core.files import write_json
from sentemo.core.markers import Marker
from sentemo.data.audio import audio_fingerprint
from sentemo.data.conditions import CONDITIONS, Condition
from sentemo.data.feature_directory import extract_features
from sentemo.data.kaldi import Utterance, read_data_dir
from sentemo.data.labels import read_labels
from sentemo.data.perturbation import write_copies
from sentemo.data.preparation import ParsedCorpus, write_data_dir
from sentemo.experiment.ser import SERExperiment
from sentemo.experiment.states import states_request, trained_layers
from sentemo.folds.run import predict_test_of
from sentemo.launch.records import LOG_DIR
from sentemo.scoring.classes import score_corpora
from sentemo.scoring.predictions import (
    Prediction,
    predictions_file,
    read_predictions,
    write_predictions,
)
from sentemo.scoring.schemas.kinds import ROBUSTNESS
from sentemo.scoring.scores_file import EXPERIMENT, read_experiment, write_scores
from sentemo.states.keeping import keep_states

CLEAN = "clean"  # the name of the recordings as they are, in the scores


@dataclass(frozen=True)
class Robustness:
    """The evaluation of a trained experiment under conditions that it was not recorded in.

    Attributes
    ----------
    experiment
        A decoded experiment of classes upon a frozen upstream whose states are kept.
    directory
        Directory of the predictions and of ``scores.json``.
    conditions
        Names of `CONDITIONS`.
    convert_audio
        Resample and downmix audio that is not 16 kHz mono, instead of refusing it.
    """

    experiment: SERExperiment
    directory: Path
    conditions: Sequence[str] = tuple(CONDITIONS)
    convert_audio: bool = False

    def evaluate(self) -> dict[str, Any]:
        """Test every condition, write ``scores.json`` and return its content.

        Raises
        ------
        SentemoError
            When the experiment learnt no classes, reads no kept states, or is not decoded.
        """
        experiment = self.experiment
        if experiment.labels is None or not experiment.reads_states():
            raise SentemoError(
                f"{experiment.directory}: conditions are tested for classes upon a frozen upstream "
                "whose states are kept. Give --labels and --upstream."
            )
        labels = read_labels(experiment.labels)
        _, clean = read_predictions(experiment.directory / predictions_file("label", "test"))
        names = {p.utterance for p in clean}
        tested = [utt for utt in read_data_dir(experiment.data) if utt.id in names]
        rows = [{"condition": CLEAN, **_scored(labels, clean)}]
        for name in self.conditions:
            predictions = self._predict(name, tested)
            write_predictions(self.directory / f"predictions/{name}.tsv", labels, predictions)
            rows.append({"condition": name, **_scored(labels, predictions)})
            print(
                f"{self.directory}: {name}: UA {100 * rows[-1]['ua']['pooled']:.1f} %", flush=True
            )
        described = read_experiment(experiment.directory)
        write_json(self.directory / EXPERIMENT, described)
        counts = {"utterances": len(clean), "folds": len({p.fold for p in clean})}
        return write_scores(self.directory, ROBUSTNESS, {"counts": counts, "test": rows})

    def _predict(self, name: str, tested: Sequence[Utterance]) -> list[Prediction]:
        """Predict every fold's test side under a condition, with the fold's own model."""
        experiment = self.experiment.with_one_gpu()
        dump = self._features(name, tested)
        request = states_request(dump, str(experiment.upstream), experiment.upstream_window)
        layers = trained_layers(experiment.directory, experiment.config)
        keep_states(request, layers, experiment.resources)
        jobs = [replace(job, states=request.directory) for job in experiment.jobs()]
        found = [p for of_fold in predict_test_of(jobs) for p in of_fold]
        return [p for p in found if isinstance(p, Prediction)]

    def _features(self, name: str, tested: Sequence[Utterance]) -> Path:
        """Write the utterances under a condition, unless that is done, and return the features."""
        folder = self.experiment.dump.parent.parent / "robustness"
        audio, data, dump = (folder / kind / name for kind in ("audio", "data", "raw"))
        # Experiments with other copies to train on have the same test sides.
        options = {
            "utterances": {utt.id: [utt.start, utt.end, utt.channel] for utt in tested},
            "audio": audio_fingerprint(utt.audio for utt in tested),
            "convert_audio": self.convert_audio,
        }
        marker = Marker(data / ".done.json", [], options)
        resources = self.experiment.resources
        if not marker.is_current():
            workers = resources.workers("array", folder / LOG_DIR, f"copies_{name}")
            copies, _ = write_copies(tested, [Condition(name)], audio, workers, self.convert_audio)
            original = {utt.id: utt for utt in tested}
            heard = [_in_place_of(original[str(copy.original)], copy) for copy in copies]
            write_data_dir(data, ParsedCorpus(sorted(heard, key=lambda utt: utt.id)))
            marker.write()
        extract_features(data, dump, resources, "raw")
        return dump


def _in_place_of(original: Utterance, copy: Utterance) -> Utterance:
    """Return an utterance with the sound of its copy."""
    sound = {
        name: getattr(copy, name) for name in ("audio", "start", "end", "recording", "channel")
    }
    if copy.recording is not None:
        sound["recording"] = original.id
    return replace(original, **sound, split=None)


def _scored(labels: Sequence[str], predictions: Sequence[Prediction]) -> dict[str, Any]:
    return score_corpora(labels, predictions, {p.utterance: "" for p in predictions})[""]
