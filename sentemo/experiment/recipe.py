"""Names and places of what a recipe makes: data directories, experiments, transcripts."""

import os
from functools import cached_property
from pathlib import Path
from typing import Any

from sentemo.core.config import changed, changes_name, parse_changes, read_config
from sentemo.data.targets import SOFT
from sentemo.experiment.recipe_options import (
    BASELINES,
    RECOGNITION,
    SINGLE,
    STUDY,
    TEXT_SENTIMENT,
    RecipeOptions,
    UsageError,
)
from sentemo.upstreams import Upstream, model_name

DEFAULT_FEATURES = "fbank80"


class Recipe:
    """Decides, from the options of one run of a recipe, what everything is called.

    Paths are relative to the working directory of the run, as its commands receive them.

    Parameters
    ----------
    options
        Options that `sentemo.experiment.recipe_settled.settled` has checked.
    """

    def __init__(self, options: RecipeOptions) -> None:
        self.options = options

    # --- Data

    @property
    def prepared_data(self) -> str:
        """Data directory that stage data writes: the utterances of the classes, or all."""
        if self.options.mode == TEXT_SENTIMENT:
            return self.options.text_sentiment_data
        if not self.options.learns_classes:
            return "data/release"
        return "data/soft" if self._learns_distributions else "data/all"

    @property
    def target(self) -> str:
        """Targets that its utterances must have: ``label``, ``soft`` or ``avd``."""
        return {"data/all": "label", "data/soft": "soft"}.get(self.prepared_data, "avd")

    @property
    def _learns_distributions(self) -> bool:
        """Tell whether the configuration or the study learns the annotators' distributions."""
        if self.options.mode not in (SINGLE, STUDY):
            return False
        study = read_config(Path(self.options.experiment)) if self.options.experiment else {}
        return SOFT in (self.settings.get("label_targets"), study.get("label_targets"))

    @property
    def combined_data(self) -> str:
        """Data directory with other corpora to train on, or the recipe's own where none are."""
        return self.prepared_data + self._other_corpora_suffix

    @property
    def data(self) -> str:
        """Data directory that features are made of, with copies to train on."""
        return self.combined_data + self._copies_suffix

    @property
    def _other_corpora_suffix(self) -> str:
        """Return _with_iemocap_emodb: names of the recipes whose data are added."""
        names = []
        for directory in map(Path, self.options.other_corpora):
            # egs/iemocap/data/all belongs to iemocap; elsewhere, the directory's own name says it.
            names.append(
                (directory.parents[1] if directory.parent.name == "data" else directory).name
            )
        return "".join(["_with", *(f"_{name}" for name in names)]) if names else ""

    @property
    def _copies_suffix(self) -> str:
        """Return _sp0.9_1.1_dg1: the factors in their order, however they were typed."""
        factors = self.options.speed_factors.replace(",", " ").split()
        try:
            speeds = f"_sp{'_'.join(sorted(factors, key=float))}" if factors else ""
        except ValueError as error:
            raise UsageError(
                f"--speed_factors: '{self.options.speed_factors}' are no numbers such as 0.9,1.1"
            ) from error
        degraded = self.options.degraded_copies
        return speeds + (f"_dg{degraded}" if degraded != "0" else "")

    @property
    def _data_suffix(self) -> str:
        return self._other_corpora_suffix + self._copies_suffix

    @property
    def additions(self) -> list[str]:
        """Arguments of `sentemo.bin.combine_data` that name the other corpora."""
        scales = self.options.train_with_scales.split(":")
        words = []
        for index, directory in enumerate(self.options.other_corpora):
            words += ["--add", directory, *(scale for scale in scales[index : index + 1] if scale)]
        return words

    @property
    def folds(self) -> str:
        """Fold file: the user's, one of the recipe, or the one that the data stage makes."""
        options = self.options
        if options.folds:
            return options.folds
        if options.mode == RECOGNITION:
            name = "official" if self._has_training_part() else "test-clean"
        else:
            name = options.test_set or options.split
        return str(options.recipe_dir / "folds" / f"{name}.tsv") if name else "data/folds.tsv"

    def _has_training_part(self) -> bool:
        """Tell whether the prepared LibriSpeech can train; else its test-clean part is divided."""
        table = self.options.work_dir / "data" / "all" / "utt2split"
        if not table.is_file():
            return False
        return any(" train-" in line for line in table.read_text(encoding="utf-8").splitlines())

    # --- Configuration

    @cached_property
    def config(self) -> str:
        """Training configuration: the user's, or the default of the task."""
        task = "ser" if self.options.learns_classes else "avd"
        kind = "states" if self.options.upstream else "scratch"
        default = self.options.root / "conf" / f"train_{task}_{kind}.yaml"
        return self.options.config or str(default)

    @cached_property
    def settings(self) -> dict[str, Any]:
        """Content of the training configuration, with the changes of this run."""
        return changed(read_config(Path(self.config)), parse_changes(self.options.changes))

    @property
    def reads_text(self) -> bool:
        """Tell whether the configuration reads transcripts."""
        return bool(self.settings.get("text_encoder"))

    @property
    def encoder_model(self) -> str:
        """Upstream whose encoder is taken over, or nothing.

        A configuration that reads words and has an encoder of its own takes only transcripts.
        """
        own = self.reads_text and self.settings.get("encoder")
        return "" if own else self.options.upstream

    @property
    def trains_recogniser_upon_upstream(self) -> bool:
        """Tell whether a recogniser is trained that begins at states of the upstream."""
        is_recognition = self.options.mode == RECOGNITION and bool(self.options.upstream)
        return is_recognition and bool(self.settings.get("tuning_conf"))

    @property
    def is_sa2sr(self) -> bool:
        """Tell whether a recogniser is trained that learns sentiment too."""
        return str(self.settings.get("model") or "").startswith("sa2sr_")

    @property
    def task_arguments(self) -> list[str]:
        """Arguments of the commands that train, which say what is learnt."""
        options, words = self.options, []
        if options.learns_classes:
            words += ["--labels", options.labels]
        if options.task != "label":
            words += ["--task", options.task, "--scale", options.scale]
        return words

    # --- Features and transcripts

    @property
    def feature_type(self) -> str:
        """Type of features that is trained on.

        It is what ``--feats`` says, or what the model hears whose encoder is taken over, or what
        the configuration is for.
        """
        if self.options.feats:
            return self.options.feats
        if self.encoder_model:
            return self.upstream_feature_type
        return self.settings.get("feature_type") or DEFAULT_FEATURES

    @cached_property
    def upstream_feature_type(self) -> str:
        """Type of features that the upstream hears, whatever the training sees."""
        return Upstream(self.options.upstream).feature_type

    @cached_property
    def align_feature_type(self) -> str:
        """Type of features that the recogniser hears which aligns words."""
        return Upstream(self.options.align_model, "--align_model").feature_type

    def dump(self, feature_type: str) -> str:
        """Return the feature directory of a type."""
        return f"dump/{feature_type}/{Path(self.data).name}"

    @property
    def transcripts(self) -> str:
        """Folder of what the upstream recognises."""
        return f"exp/transcripts_{model_name(self.options.upstream)}{self._data_suffix}"

    @property
    def text(self) -> str:
        """Transcripts that a configuration with a text encoder reads: given, or recognised."""
        if not self.options.text and not self.options.upstream:
            raise UsageError(
                "--text is needed: transcripts for a configuration with a text_encoder "
                "(or --upstream, which recognises them)"
            )
        return self.options.text or f"{self.transcripts}/text"

    # --- Experiments

    @property
    def experiment(self) -> str:
        """Directory of the experiment or study that the run is about."""
        options = self.options
        if options.mode == RECOGNITION:
            return self._recognition_experiment()
        if options.mode == STUDY:
            return self._study_experiment()
        if options.mode == TEXT_SENTIMENT:
            return f"exp/{options.tag or f'text_sentiment_{self._sentiment_labels}'}"
        return self._ser_experiment() + ("" if options.tag else self._changes_suffix)

    def _ser_experiment(self) -> str:
        """Return exp/ser_scratch; exp/avd_scratch of dimensions alone, exp/both_ser_scratch."""
        kinds = {"dimensional": "avd", "both": "both"}
        return self._named(kinds.get(self.options.task, "ser"))

    def _recognition_experiment(self) -> str:
        """Return exp/asr_ctc_small or exp/sa2sr_small, or exp/asr_rnnt_bpe300 with byte pairs.

        A recogniser that is used as it was published is exp/asr_whisper-base.
        """
        options = self.options
        if options.upstream and not self.trains_recogniser_upon_upstream:
            return f"exp/asr_{options.tag or model_name(options.upstream)}"
        name = self._named("sa2sr" if self.is_sa2sr else "asr")
        if options.tag:
            return name
        tokens = options.token_type + options.bpe_size
        return name + (tokens and f"_{tokens}") + self._changes_suffix

    def _named(self, kind: str) -> str:
        """Return exp/asr_ctc for the kind asr and conf/train_asr_ctc.yaml."""
        name = self.options.tag
        if not name:
            name = Path(self.config).name.removesuffix(".yaml").removeprefix("train_")
            name = name.removeprefix(kind).removeprefix("_")
            if self.options.upstream:
                name += f"_{self._upstream_name(self.options.upstream)}"
            name += self._data_suffix
        return f"exp/{kind}_{name}" if name else f"exp/{kind}"

    def _study_experiment(self) -> str:
        """Return exp/table3_asr_rnnt, or of one configuration exp/ser_frozen_asr_rnnt_seeds."""
        options = self.options
        if not options.experiment:
            return f"{self._ser_experiment()}_seeds{self._changes_suffix}"
        models = (options.upstream, options.sa2sr_model, options.ssl_model)
        name = Path(options.experiment).name.removesuffix(".yaml")
        name += "".join(f"_{self._upstream_name(model)}" for model in models if model)
        return f"exp/{options.tag or name + self._data_suffix + self._changes_suffix}"

    @property
    def _changes_suffix(self) -> str:
        """Return _max_epoch=3: what --set changes."""
        return f"_{changes_name(self.options.changes)}" if self.options.changes else ""

    def _upstream_name(self, upstream: str) -> str:
        window = self.options.upstream_window
        return model_name(upstream) + (f"_{window}" if window else "")

    @property
    def baselines(self) -> dict[str, str]:
        """Directories of the baselines by configuration: exp/baseline_compare.

        With the tag ``session`` it is exp/baseline_session_compare.
        """
        tag = f"_{self.options.tag}" if self.options.tag else ""
        configs = sorted((self.options.root / "conf").glob("baseline_*.yaml"))
        return {str(c): f"exp/baseline{tag}{c.stem.removeprefix('baseline')}" for c in configs}

    @property
    def scored_experiments(self) -> list[str]:
        """Experiments that are scored and reported."""
        if self.options.mode == BASELINES:
            return list(self.baselines.values())
        return [self.experiment]

    @property
    def _sentiment_labels(self) -> str:
        """Return vader, transformers or transformers_<model>: who labels transcripts."""
        model = os.path.basename(self.options.sentiment_model.rstrip("/"))
        return self.options.sentiment_backend + (model and f"_{model}")

    @property
    def sentiment(self) -> str:
        """Folder of the proxy labels of these transcripts: exp/sentiment_vader_all_sp0.9_1.1."""
        return f"exp/sentiment_{self._sentiment_labels}_{Path(self.data).name}"
