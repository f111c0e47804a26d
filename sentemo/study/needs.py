"""Needs of the stages of a run: upstreams, features and transcripts."""

import os
from pathlib import Path

from sentemo.core.config import Settings
from sentemo.experiment.recipe import Recipe
from sentemo.experiment.recipe_options import RECOGNITION, SINGLE, STUDY, RecipeOptions, UsageError
from sentemo.study.experiments import StudyExperiments
from sentemo.study.file import read_study
from sentemo.study.options import StudyOptions
from sentemo.study.plan import TRAINED, UPSTREAMS, plan, study_of, with_rows
from sentemo.upstreams import SEED, Upstream

TRAINED_STAGES = ("train", "decode", "report")  # their commands read features and transcripts
TAKING_STAGES = ("feats", "pretrain", "train")  # need an upstream with its weights


def require_upstreams(recipe: Recipe) -> tuple[str, ...]:
    """Require, before any work, the upstreams that stages to run here need.

    Decoding and reporting need no weights of an upstream: these are in the experiment.

    Returns
    -------
    tuple
        Those whose encoders are taken over.
    """
    options = recipe.options
    taking = options.runs(*TAKING_STAGES)
    if options.submit_only or not (taking or options.runs(*_reading_stages(options))):
        return ()
    upstreams = []
    if options.mode == STUDY:
        upstreams = _StudyNeeds(recipe).encoders
    elif options.upstream and (options.mode == SINGLE or recipe.trains_recogniser_upon_upstream):
        upstreams = [Upstream(options.upstream)]
    for upstream in upstreams if taking else ():
        upstream.require_whole()
    taken_over = options.mode == STUDY or recipe.encoder_model
    return tuple(upstream.name for upstream in upstreams) if taken_over else ()


def _reading_stages(options: RecipeOptions) -> tuple[str, ...]:
    """Return the stages that read features; scoring does where models are tested under noise."""
    return (*TRAINED_STAGES, "score") if options.robustness == "true" else TRAINED_STAGES


def require_known_keys(recipe: Recipe) -> None:
    """Require, before any work, that keys and values which the user wrote are known.

    Configurations that are shipped are known to be right, and reading them would take seconds.

    Raises
    ------
    SentemoError
        Naming the nearest key; see `sentemo.training.arguments.training_arguments`.
    """
    options = recipe.options
    own = Path(recipe.config).parent not in (options.root / "conf", options.root / "conf" / "mini")
    study = options.mode == STUDY and options.experiment
    if not options.runs(*TAKING_STAGES) or not (options.changes or (own and not study)):
        return
    if options.mode == STUDY:
        found = _StudyNeeds(recipe).settings
    elif options.mode in (SINGLE, RECOGNITION):
        found = {os.path.relpath(recipe.config): (recipe.settings, bool(recipe.encoder_model))}
    else:
        return
    from sentemo.folds.separate import refuse_own_encoder
    from sentemo.tasks.sa2sr import recognition_task  # ESPnet takes seconds to start
    from sentemo.tasks.ser import SERTask
    from sentemo.training.arguments import check_configuration

    changes = "".join(f" --set {change}" for change in options.changes)
    for name, (settings, takes_over) in found.items():
        where = name + (changes and f" with{changes}")
        if takes_over:
            refuse_own_encoder(settings, where)
        task = recognition_task(settings.get("model")) if options.mode == RECOGNITION else SERTask
        check_configuration(task, settings, where)


class FeatureNeeds:
    """Features and transcripts that stages need; models are read only for stages that run here."""

    def __init__(self, recipe: Recipe) -> None:
        self._recipe, self._options = recipe, recipe.options

    def _runs(self, *stages: str) -> bool:
        return not self._options.submit_only and self._options.runs(*stages)

    @property
    def recogniser(self) -> str:
        """The upstream whose transcripts are read, or whose words are wanted, or nothing."""
        options = self._options
        if not options.upstream or not self._runs("feats", "asr_score"):
            return ""
        if options.mode == RECOGNITION:
            return "" if self._recipe.trains_recogniser_upon_upstream else options.upstream
        wants_words = options.mode == SINGLE and options.align_words == "asr"
        if wants_words and Upstream(options.upstream).is_whisper:  # others hear while they align
            return options.upstream
        if options.text:
            return ""
        if options.mode == STUDY:
            return self._recogniser_of_study()
        return options.upstream if self._recipe.reads_text else ""

    def _recogniser_of_study(self) -> str:
        if not _StudyNeeds(self._recipe).reads_text:
            return ""
        if SEED in self._options.upstream:
            raise UsageError(
                "rows that read transcripts have those of one recogniser for all seeds: give them "
                f"with --text, leave these rows out with --rows, or give --upstream without {SEED}"
            )
        return self._options.upstream

    @property
    def types(self) -> tuple[str, ...]:
        """Types to extract: the training's, and those of recognisers of words."""
        if not self._runs("feats"):
            return ()
        if self._options.mode == STUDY:
            return _StudyNeeds(self._recipe).feature_types
        found = {self._recipe.feature_type}
        if self.recogniser:
            found.add(self._recipe.upstream_feature_type)
        if self._options.align_model:
            found.add(self._recipe.align_feature_type)
        return tuple(sorted(found))

    @property
    def dump(self) -> str:
        """Features that one experiment is trained on."""
        stages = {
            SINGLE: ("feats", *_reading_stages(self._options)),
            RECOGNITION: ("pretrain", "asr_score"),
        }.get(self._options.mode, ())
        return self._recipe.dump(self._recipe.feature_type) if self._runs(*stages) else ""

    @property
    def asr_dump(self) -> str:
        """Features that the recogniser hears."""
        if not self.recogniser or not self._runs("asr_score"):
            return ""
        return self._recipe.dump(self._recipe.upstream_feature_type)

    @property
    def align_dump(self) -> str:
        """Features that the aligner hears."""
        if not self._options.align_model or not self._runs("report"):
            return ""
        return self._recipe.dump(self._recipe.align_feature_type)


class _StudyNeeds:
    """Features and transcripts that the rows of a study need."""

    def __init__(self, recipe: Recipe) -> None:
        options = recipe.options
        source = Path(options.experiment or recipe.config)
        study = read_study(source) if options.experiment else study_of(source)
        if options.rows:
            study = with_rows(study, _row_numbers(options.rows))
        models = {name: getattr(options, name) or None for name in UPSTREAMS}
        self._experiments = StudyExperiments(
            StudyOptions(
                source=source,
                directory=Path(recipe.experiment),
                data=Path(recipe.data),
                original_data=Path(recipe.prepared_data),
                dump=Path("dump"),
                folds=Path(recipe.folds),
                upstreams=models,
                seed=options.seed,
                seeds=options.seeds,
                assignments=options.changes,
            )
        )
        seeds = range(options.seed, options.seed + options.seeds)
        runs = plan(study, Path(recipe.experiment), seeds)
        self._runs = self._experiments.of_different_encoders(runs)

    @property
    def encoders(self) -> list[Upstream]:
        return self._experiments.encoders(self._runs)

    @property
    def feature_types(self) -> tuple[str, ...]:
        return tuple(self._experiments.feature_types(self._runs))

    @property
    def settings(self) -> dict[str, tuple[Settings, bool]]:
        """Whole configurations by the candidate's name, and whether each takes an encoder over."""
        made, trained = self._experiments, [run for run in self._runs if run.row.kind == TRAINED]
        return {run.candidate: (made.settings(run), made.takes_encoder(run)) for run in trained}

    @property
    def reads_text(self) -> bool:
        return any(map(self._experiments.reads_text, self._runs))


def _row_numbers(rows: str) -> list[int]:
    try:
        return [int(number) for number in rows.split(",")]
    except ValueError as error:
        raise UsageError(f"--rows: '{rows}' are no numbers of rows such as 1,3") from error
