"""Training on a user's own recordings: a probe and an attention decoder on a frozen upstream."""

import shlex
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sentemo.core.errors import SentemoError
from sentemo.core.files import copy_file
from sentemo.data.check import print_check
from sentemo.data.feature_directory import extract_features
from sentemo.data.features import read_digests
from sentemo.data.fold_files import write_folds
from sentemo.data.kaldi import read_data_dir
from sentemo.data.labels import read_labels, require_all_classes_everywhere
from sentemo.data.listed_recordings import ListedRecordings
from sentemo.data.same_recordings import require_recordings_apart
from sentemo.data.splits import choose_folds
from sentemo.data.target_files import LABELS, SCALE, task_of
from sentemo.data.targets import TASKS
from sentemo.experiment.final_model import train_final
from sentemo.experiment.ser import SERExperiment
from sentemo.experiment.states import states_request
from sentemo.inference.attention import write_experiment_attention
from sentemo.inference.packing import Packing
from sentemo.inference.timed_words import WordChoice
from sentemo.launch.resources import Resources
from sentemo.models.layer_settings import ALL
from sentemo.report.corpora import print_preparation
from sentemo.report.report_file import write_report
from sentemo.report.results_file import write_results
from sentemo.scoring.dimensions import MEAN
from sentemo.states.keeping import keep_states
from sentemo.upstreams import Upstream

CONF = Path(__file__).parents[2] / "conf"
MOST_FOLDS = 10  # more speakers are tested in groups
# Hours of speech of which all layers' states fit on any disk: they are encoded once, not for the
# probe, and again for the layers that it chooses.
ONE_PASS = 0.25
PROBE = "probe"
REPORT, MODEL, RESULTS = "report.html", "model.zip", "RESULTS.md"


@dataclass(frozen=True)
class OwnTraining:
    """Recordings, and what is made of them in one folder.

    Attributes
    ----------
    recordings
        The user's list.
    output
        Folder of ``data/``, ``dump/`` and ``exp/``, and of the table, the page and the model.
    upstream
        Pre-trained model whose frozen encoder is read, see `Upstream`.
    max_folds
        Most trainings; more speakers are tested in groups.
    nj
        Processes at a time; None means one per available core.
    overwrite
        Remove the experiments of an earlier run with other data, instead of refusing.
    """

    recordings: ListedRecordings
    output: Path
    upstream: str = "built-in"
    max_folds: int = MOST_FOLDS
    nj: int | None = None
    overwrite: bool = False

    def run(self) -> None:
        """Import, train, score, report and pack; end with where everything is.

        Raises
        ------
        SentemoError
            When the list has problems, or ``output`` holds a training of other data.
        """
        upstream = Upstream(self.upstream)
        data, dump = self._data(upstream.feature_type)
        experiments = self._experiments(data, dump)
        if self.overwrite:
            shutil.rmtree(self.output / "exp", ignore_errors=True)
        validation = []
        for experiment in experiments:
            experiment.train()
            experiment.decode()
            validation.append(_validation(experiment.score()))
        write_results(self.output)
        best = experiments[validation.index(max(validation))]
        if not _is_probe(best):
            write_experiment_attention(best, WordChoice(), pictures=0)
        write_report(best.directory, data)
        train_final(best)
        Packing(best.directory).run()
        for name in (REPORT, MODEL):
            copy_file(best.directory / name, self.output / name)
        self._say_where(best)

    def _data(self, feature_type: str) -> tuple[Path, Path]:
        """Write data directory, folds and features."""
        data, dump = self.output / "data" / "all", self.output / "dump" / feature_type / "all"
        counts = self.recordings.write(data)
        print_preparation(data, counts)
        utterances = read_data_dir(data)
        folds, protocol = choose_folds(utterances, self.max_folds)
        labels = data.with_name(LABELS) if "label" in TASKS[self._task] else None
        if labels:
            require_all_classes_everywhere(folds, utterances, read_labels(labels))
        write_folds(self._folds, folds, protocol)
        print(f"{protocol}: {len(folds)} fold{'s' * (len(folds) > 1)}")
        print_check(data, labels, self._folds, allow_partial=False, convert_audio=True)
        resources = Resources(nj=self.nj)
        extract_features(data, dump, resources, feature_type, convert_audio=True)
        # The experiments insist on it too, but hours of encoding are before them.
        require_recordings_apart(folds, utterances, read_digests(dump), str(data))
        if counts["hours"] <= ONE_PASS:
            keep_states(states_request(dump, self.upstream, ""), [ALL], resources)
        return data, dump

    @property
    def _folds(self) -> Path:
        return self.output / "data" / "folds.tsv"

    @property
    def _task(self) -> str:
        """Return what is learnt: what `ListedRecordings.write` wrote targets for."""
        if self.recordings.task:
            return self.recordings.task
        has_label, has_avd = (
            (self.output / "data" / "all" / name).is_file() for name in ("utt2label", "utt2avd")
        )
        return task_of(has_label, has_avd)

    def _experiments(self, data: Path, dump: Path) -> list[SERExperiment]:
        task = self._task
        kind = "avd" if task == "dimensional" else "ser"
        scale = str(data.with_name(SCALE)) if "avd" in TASKS[task] else None
        configs = {PROBE: "train_probe.yaml", "attention": f"train_{kind}_states.yaml"}
        return [
            SERExperiment(
                directory=self.output / "exp" / f"{kind}_{name}",
                config=_config(file),
                data=data,
                dump=dump,
                folds=self._folds,
                task=task,
                labels=data.with_name(LABELS) if "label" in TASKS[task] else None,
                scale=scale,
                upstream=self.upstream,
                resources=Resources(nj=self.nj),
            )
            for name, file in configs.items()
        ]

    def _say_where(self, best: SERExperiment) -> None:
        """Print where the results are, and a line that predicts."""
        output = self.output.resolve()
        which = "probe" if _is_probe(best) else "attention decoder"
        print(f"\nThe {which} is best on validation; the page and the model are its own.")
        for what, name in (("table", RESULTS), ("page", REPORT), ("model", MODEL)):
            print(f"{what}: {output / name}")
        program = Path(sys.executable).with_name("sentemo")
        first = read_data_dir(best.data)[0].audio
        print(f"try it: {shlex.join(map(str, (program, 'predict', output / MODEL, first)))}")


def _config(name: str) -> Path:
    if not (CONF / name).is_file():
        raise SentemoError(f"{CONF / name}: not there; sentemo train runs in a clone of sentemo")
    return CONF / name


def _is_probe(experiment: SERExperiment) -> bool:
    return experiment.directory.name.endswith(PROBE)


def _validation(scores: dict[str, Any]) -> float:
    """Return the UA on the validation sides; of dimensions alone, their mean CCC."""
    if "valid" in scores:
        return scores["valid"]["ua"]
    return scores["dimensions"]["valid"][MEAN]
