"""Plan of one run of a recipe: everything that its stages must know, decided before any work."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields

from sentemo.experiment.own_data import with_own_targets
from sentemo.experiment.recipe import Recipe
from sentemo.experiment.recipe_options import (
    BASELINES,
    RECOGNITION,
    SINGLE,
    STAGES,
    STUDY,
    TEXT_SENTIMENT,
    RecipeOptions,
    UsageError,
)
from sentemo.experiment.recipe_settled import settled
from sentemo.study.needs import TRAINED_STAGES, FeatureNeeds, require_known_keys, require_upstreams

SEPARATOR = "\t"  # of the items of a list


@dataclass(frozen=True)
class RecipePlan:
    """Decisions about one run of a recipe, by the names that the shell reads them under.

    Attributes
    ----------
    mode
        Subject of the run, see `sentemo.experiment.recipe_options`.
    first_stage, stages, available_stages
        Number of the first stage, stages that were asked for, in their order, and those that the
        recipe has.
    train_kind_stages
        Stages whose own job asks Slurm for what trainings ask for.
    upstream, sa2sr_model, ssl_model, align_model, sentiment_model
        The user's models; a path is absolute.
    encoder_model, recogniser
        The upstream whose encoder is taken over, and the one whose transcripts are read.
    taken_over
        Upstreams whose encoders are taken over, by the rows of a study too; none where no stage
        to run needs them.
    prepared_data, target, combined_data, data, scored_data
        Data directories, see `Recipe`; the scored one is what the experiments were trained on.
    plugin
        The user's own module; a path is absolute.
    additions, task_arguments, change_arguments
        Arguments of commands.
    labels, scale
        The file of classes where classes are learnt, the scale where dimensions are.
    config, study, folds, exp, reads_text
        Configuration, study file, fold file and experiment; whether the model reads transcripts.
    experiments, baseline_configs
        Experiments that are scored, and the configurations of baselines, in the same order.
    transcripts, text, sentiment
        Folder of recognised words, transcripts that are read, and folder of proxy labels.
    feature_types, dump, asr_dump, align_dump
        Types of features to extract, and the directories that training, recogniser and aligner
        read. They are empty where no stage to run needs them, as models are read for them.
    """

    mode: str
    first_stage: str
    stages: tuple[str, ...]
    available_stages: tuple[str, ...]
    train_kind_stages: tuple[str, ...]
    upstream: str
    sa2sr_model: str
    ssl_model: str
    align_model: str
    sentiment_model: str
    plugin: str
    encoder_model: str
    taken_over: tuple[str, ...]
    recogniser: str
    prepared_data: str
    target: str
    combined_data: str
    data: str
    scored_data: str
    additions: tuple[str, ...]
    task: str
    task_arguments: tuple[str, ...]
    labels: str
    scale: str
    config: str
    change_arguments: tuple[str, ...]
    study: str
    folds: str
    exp: str
    reads_text: str
    experiments: tuple[str, ...]
    baseline_configs: tuple[str, ...]
    transcripts: str
    text: str
    sentiment: str
    feature_types: tuple[str, ...]
    dump: str
    asr_dump: str
    align_dump: str

    def lines(self) -> Iterator[str]:
        """Yield ``key=value`` lines; the items of a list are separated by tabs.

        Raises
        ------
        UsageError
            When a value holds a character that would be read as something else.
        """
        for field in fields(self):
            value = getattr(self, field.name)
            items = (value,) if isinstance(value, str) else value
            for item in items:
                if wrong := {"\n", "\0", SEPARATOR} & set(item):
                    raise UsageError(
                        f"{field.name}: {item!r} holds {wrong.pop()!r}, which no name here may hold"
                    )
            yield f"{field.name}={SEPARATOR.join(items)}"


def plan_recipe(words: Iterable[str]) -> RecipePlan:
    """Decide what a run of a recipe is about.

    Parameters
    ----------
    words
        Its options as ``name=value``, see `RecipeOptions`.

    Raises
    ------
    UsageError
        When options do not fit each other.
    SentemoError
        When a configuration, a study or a model that a stage needs cannot be read.
    """
    options = RecipeOptions.of_words(words)
    options = settled(with_own_targets(options) if options.is_own else options)
    recipe = Recipe(options)
    require_known_keys(recipe)
    taken_over = require_upstreams(recipe)
    features = FeatureNeeds(recipe)
    return RecipePlan(
        mode=options.mode,
        first_stage=str(STAGES.index(options.wanted_stages[0]) + 1),
        stages=tuple(options.wanted_stages),
        available_stages=tuple(options.available_stages),
        train_kind_stages=_train_kind_stages(options),
        upstream=options.upstream,
        sa2sr_model=options.sa2sr_model,
        ssl_model=options.ssl_model,
        align_model=options.align_model,
        sentiment_model=options.sentiment_model,
        plugin=options.plugin,
        encoder_model=recipe.encoder_model,
        taken_over=taken_over,
        recogniser=features.recogniser,
        prepared_data=recipe.prepared_data,
        target=recipe.target,
        combined_data=recipe.combined_data,
        data=recipe.data,
        scored_data=recipe.prepared_data if options.mode == BASELINES else recipe.data,
        additions=tuple(recipe.additions),
        task=options.task,
        task_arguments=tuple(recipe.task_arguments),
        labels=options.labels if options.learns_classes else "",
        scale=options.scale if options.task != "label" else "",
        config=recipe.config,
        change_arguments=tuple(w for change in options.changes for w in ("--set", change)),
        study=options.experiment if options.mode == STUDY else "",
        folds=recipe.folds,
        exp=recipe.experiment,
        reads_text="true" if recipe.reads_text else "",
        experiments=tuple(recipe.scored_experiments),
        baseline_configs=tuple(recipe.baselines) if options.mode == BASELINES else (),
        transcripts=recipe.transcripts if options.upstream else "",
        text=_text(recipe),
        sentiment=recipe.sentiment if options.mode == RECOGNITION and recipe.is_sa2sr else "",
        feature_types=features.types,
        dump=features.dump,
        asr_dump=features.asr_dump,
        align_dump=features.align_dump,
    )


def _train_kind_stages(options: RecipeOptions) -> tuple[str, ...]:
    """Return the stages whose job is of the kind train in ``conf/slurm.yaml``, else cpu."""
    if options.mode == RECOGNITION:
        return ("pretrain", "asr_score")
    if options.mode in (BASELINES, TEXT_SENTIMENT):
        return ()
    return ("asr_score", *TRAINED_STAGES)


def _text(recipe: Recipe) -> str:
    """Return the transcripts that trainings are called with."""
    options = recipe.options
    if options.mode == SINGLE and recipe.reads_text and options.runs(*TRAINED_STAGES):
        return recipe.text
    if options.mode == STUDY and options.upstream:
        return recipe.text
    return options.text
