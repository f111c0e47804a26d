"""The settings of an emotion recognition experiment, and what follows from them."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sentemo.core.config import read_config
from sentemo.core.files import fingerprint
from sentemo.core.provenance import published_path
from sentemo.data.dimensions import Scale, parse_scale
from sentemo.data.features import FEATS_JSON
from sentemo.data.fold_files import count_folds
from sentemo.data.kaldi import Utterance
from sentemo.data.targets import SOFT, TARGET_TABLES
from sentemo.experiment.description import (
    describe_data,
    experiment_title,
    fold_tables,
    other_corpora,
)
from sentemo.experiment.directory import CONFIG_COPY, ExperimentDirectory
from sentemo.experiment.ser_inputs import (
    label_targets_of,
    read_inputs,
    require_text_where_read,
    required_targets,
    upstream_fingerprint,
)
from sentemo.experiment.states import (
    require_states_where_read,
    states_directory,
    states_request,
)
from sentemo.folds.job import FoldJob
from sentemo.folds.run import start_layer, why_separate
from sentemo.launch.resources import Resources
from sentemo.states.copies import SpecAugCopy, specaug_copies
from sentemo.states.shards import StatesRequest
from sentemo.upstreams import model_name


@dataclass(frozen=True)
class SERSettings:
    """The settings of an experiment, and what follows from them: inputs, directory, jobs.

    It holds no more than what was asked for, so it is cheap to make and travels to jobs.

    Attributes
    ----------
    directory
        Experiment directory, which receives models, predictions and scores.
    config
        Training configuration.
    data, dump
        Data directory and its feature directory.
    folds
        Fold file.
    task
        Key of `sentemo.data.targets.TASKS`: which targets are learnt.
    labels
        Labels file, where classes are learnt.
    scale
        Scale of the dimensions, where these are learnt; see `sentemo.data.dimensions.parse_scale`.
    upstream, upstream_window
        Pre-trained model whose encoder is taken over, and the window that it hears, see `Upstream`;
        None trains an encoder from scratch.
    text
        Table of transcripts, where the configuration has a text encoder.
    fold_parallel
        Whether to train all folds in one pass, where that is possible.
    resources
        Where the folds are trained and decoded.
    corpus, title
        Names in the results; None takes the data's and the configuration's.
    """

    directory: Path
    config: Path
    data: Path
    dump: Path
    folds: Path
    task: str = "label"
    labels: Path | None = None
    scale: str | None = None
    upstream: str | None = None
    upstream_window: str = ""
    text: Path | None = None
    seed: int = 1
    fold_parallel: bool = True
    resources: Resources = field(default_factory=Resources)
    corpus: str | None = None
    title: str | None = None

    def guarded_directory(self) -> ExperimentDirectory:
        """Return the directory, guarded against a training with other settings than these.

        Raises
        ------
        SentemoError
            When something that the experiment needs is missing.
        """
        targets = self.targets
        inputs = [self.folds, self.dump / FEATS_JSON]
        inputs += fold_tables(self.data, *(TARGET_TABLES[target] for target in targets))
        if "label" in targets and self.labels is not None:
            inputs.insert(0, self.labels)
        require_text_where_read(self.config, self.text)
        require_states_where_read(self.config, self._why_separate())
        options: dict[str, Any] = {"seed": self.seed}
        if scale := self._scale():
            options |= {"task": self.task, "scale": str(scale)}
        if self.is_trained_together():
            options["fold_parallel"] = True
        if self.upstream is not None:
            options["asr_model"] = upstream_fingerprint(
                self.upstream, self.upstream_window, self.directory
            )
        if self.text is not None:
            options["text"] = fingerprint(self.text)
        return ExperimentDirectory(self.directory, self.config, inputs, options)

    @property
    def targets(self) -> tuple[str, ...]:
        """Names of the targets.

        Raises
        ------
        SentemoError
            When the labels file or the scale is missing that they need.
        """
        return required_targets(self.task, self.labels, self.scale)

    def jobs(self) -> list[FoldJob]:
        """Return one job per fold.

        Raises
        ------
        SentemoError
            When data, features, transcripts and folds do not fit each other.
        """
        scale = self._scale()
        labels = self.labels if "label" in self.targets else None
        kind = label_targets_of(self.config)
        inputs = read_inputs(self.data, self.dump, self.folds, labels, scale, self.text, kind)
        states = [directory for _, directory in self._states()]
        settings: dict[str, Any] = {"seed": self.seed, "ngpu": min(self.resources.ngpu, 1)}
        if self.upstream is not None:
            settings |= {"asr_model": self.upstream, "upstream_window": self.upstream_window}
        return [
            FoldJob(
                fold=fold,
                exp=self.directory / f"fold_{fold.number:02d}",
                config=self.directory / CONFIG_COPY,
                labels=inputs.labels,
                utterances=inputs.utterances,
                features=inputs.features,
                settings=settings,
                one_thread=len(inputs.folds) > 1,
                states=states[0] if states else None,
                augmented_states=states[1:],
                texts=inputs.texts,
                scale=scale,
                processes=max(self.resources.ngpu, 1),
                nodes=self.resources.nodes,
            )
            for fold in inputs.folds
        ]

    def is_trained_together(self) -> bool:
        """Tell whether all folds are trained in one pass: where that is wanted, and possible."""
        return self._why_separate() is None

    def reads_states(self) -> bool:
        """Tell whether the folds read kept states of the upstream."""
        begins_at_states = start_layer(self.config) is not None
        return self.upstream is not None and (begins_at_states or self.is_trained_together())

    def states_requests(self) -> list[StatesRequest]:
        """Return the kept states that the folds read: the plain ones, then copies with SpecAugment.

        There are none where folds read no kept states.
        """
        if not (wanted := self._states()):
            return []
        plain = states_request(self.dump, str(self.upstream), self.upstream_window)
        return [replace(plain, copy=copy, directory=directory) for copy, directory in wanted]

    def _states(self) -> list[tuple[SpecAugCopy | None, Path]]:
        """Return the directories of the kept states, without reading what they are made of."""
        if not self.reads_states():
            return []
        upstream, window = str(self.upstream), self.upstream_window
        copies = (None, *specaug_copies(read_config(self.config)))
        return [(copy, states_directory(self.dump, upstream, window, copy)) for copy in copies]

    def _why_separate(self) -> str | None:
        if not self.fold_parallel:
            return "--fold_parallel is false"
        return why_separate(self.config, self.upstream, count_folds(self.folds))

    def _scale(self) -> Scale | None:
        return parse_scale(self.scale) if "avd" in self.targets and self.scale else None

    def description(self, jobs: Sequence[FoldJob]) -> dict[str, Any]:
        """Return what `experiment.json` and every result say of this experiment."""
        utterances = jobs[0].utterances
        upstream = model_name(self.upstream) if self.upstream else None
        described = describe_data(
            self.data, self.dump, self.folds, [job.fold for job in jobs], utterances
        )
        if self.corpus:
            described["corpus"] = self.corpus
        if self.text:
            described["notes"].append(f"transcripts: {published_path(self.text)}")
        if "label" in self.targets and label_targets_of(self.config) == SOFT:
            described["notes"].append(_soft_targets(utterances))
        return {
            "title": self.title or experiment_title(self.config, upstream, utterances),
            "seed": self.seed,
            "asr_model": upstream,
            "task": self.task,
            "trained_with": other_corpora(utterances),
            **described,
        }


def _soft_targets(utterances: Sequence[Utterance]) -> str:
    """Say what is learnt in place of one class for each utterance."""
    only = sum(utt.is_training_only for utt in utterances)
    single = sum(utt.distribution is None for utt in utterances)
    said = "learnt from the annotators' distributions"
    if only:
        said += f", those of {only} utterances without agreement too, which are only trained on"
    return said + (f"; {single} utterances without votes have one class" if single else "")
