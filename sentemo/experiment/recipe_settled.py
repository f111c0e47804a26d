"""Options of a recipe, checked against each other and against the files that they name."""

import os
from dataclasses import replace
from pathlib import Path

from sentemo.core import plugins
from sentemo.core.config import changed, parse_changes, read_config
from sentemo.core.errors import SentemoError
from sentemo.experiment.recipe_options import (
    BASELINES,
    PROBE,
    RECOGNITION,
    STAGES_OF,
    STUDY,
    RecipeOptions,
    UsageError,
)
from sentemo.upstreams import located

NO_UPSTREAM = "none"  # value of --upstream: no upstream, not even the recipe's own


def settled(options: RecipeOptions) -> RecipeOptions:
    """Check options against each other; make paths absolute, and name the task of a study.

    Raises
    ------
    UsageError
        Naming the option that does not fit.
    SentemoError
        When a configuration does not exist.
    """
    if options.plugin:  # before anything that it may have registered is looked for
        options = replace(options, plugin=plugins.use(options.plugin))
    options = _with_default_upstream(options)
    options = replace(
        options,
        upstream=located(options.upstream),
        sa2sr_model=located(options.sa2sr_model),
        ssl_model=located(options.ssl_model),
        align_model=located(options.align_model),
        sentiment_model=located(options.sentiment_model),
        experiment=_experiment(options),
    )
    if options.experiment == PROBE:
        options = _probe(options)
    if options.mode == RECOGNITION:
        options = replace(options, config=_recognition_config(options))
    if options.submit_only and options.cmd_backend != "slurm":
        raise UsageError("--submit_only is for --cmd_backend slurm")
    _check_study(options)
    _check_other_corpora(options)
    _check_sentiment_labels(options)
    corpora = ":".join(map(os.path.abspath, options.other_corpora))
    options = replace(options, train_with=corpora, task=options.task or _task_of_study(options))
    return options


def _with_default_upstream(options: RecipeOptions) -> RecipeOptions:
    """Return options with the recipe's own upstream, where one experiment has need of it."""
    if options.upstream == NO_UPSTREAM:
        return replace(options, upstream="")
    named_study = options.experiment not in ("", PROBE)
    if options.upstream or options.feats or named_study or _has_own_encoder(options):
        return options
    return replace(options, upstream=options.default_upstream)


def _has_own_encoder(options: RecipeOptions) -> bool:
    """Tell whether the configuration that is named, or --set, defines an encoder of its own."""
    config, loaded = options.config, {}
    if config and Path(config).is_file():  # a missing file is refused later
        loaded = read_config(Path(config))
    loaded = changed(loaded, parse_changes(options.changes))
    return any(loaded.get(part) for part in ("frontend", "encoder"))


def _experiment(options: RecipeOptions) -> str:
    """Find the file of a study: in the recipe's folder, in ``conf/``, or where the user says."""
    given = options.experiment
    if not given or given in (PROBE, *STAGES_OF):
        return given
    for file in (
        *(options.recipe_dir / f"{given}.yaml", options.root / "conf" / f"{given}.yaml"),
        *(Path(given), options.root / given),
    ):
        if file.is_file():
            return os.path.abspath(file)
    raise UsageError(
        f"--experiment: '{given}' is none of probe, baselines, text_sentiment, table2, table3 or "
        "a file"
    )


def _probe(options: RecipeOptions) -> RecipeOptions:
    """Return the options of one experiment with the configuration of a linear probe."""
    if not options.upstream:
        raise UsageError("--experiment probe needs --upstream: built-in, or another encoder")
    if options.config or options.seeds != 1:
        option = "--config" if options.config else "--seeds"
        raise UsageError(
            f"{option}: --experiment probe has a configuration of its own and draws nothing"
        )
    return replace(options, experiment="", config=str(options.root / "conf" / "train_probe.yaml"))


def _recognition_config(options: RecipeOptions) -> str:
    """Find a configuration by name, ``ctc`` for ``conf/train_asr_ctc.yaml``, or as a file."""
    given, conf = options.config, options.root / "conf"
    for file in (
        *(conf / f"train_{given}.yaml", conf / f"train_asr_{given}.yaml"),
        *(Path(given), options.root / given),
    ):
        if file.is_file():
            return os.path.abspath(file)
    raise SentemoError(f"--config: no file {given}, here or in {options.root}")


def _task_of_study(options: RecipeOptions) -> str:
    if options.mode == STUDY and options.experiment:
        return read_config(Path(options.experiment)).get("task") or "label"
    return "label"


def _check_study(options: RecipeOptions) -> None:
    mode, given = options.mode, options.experiment
    if mode in STAGES_OF:
        if options.seeds != 1:
            raise UsageError(f"--seeds: nothing is drawn in --experiment {given}")
        if options.changes:
            raise UsageError(f"--set: --experiment {given} has no such settings")
    elif given and options.config:
        raise UsageError("--config: a study names its configurations; --set changes them all")
    if mode == STUDY and options.feats:
        raise UsageError(
            f"--feats: a study's configurations say it: --set feature_type={options.feats}"
        )
    if mode != STUDY and (options.rows or options.sa2sr_model or options.ssl_model):
        raise UsageError(
            "--rows, --sa2sr_model and --ssl_model are for the rows of an --experiment"
        )
    if mode == BASELINES and options.task not in ("", "label"):
        raise UsageError("--task: --experiment baselines learns classes alone")
    if mode == BASELINES and not options.labels:
        raise UsageError("--labels is needed: the classes, one per line, in their order")


def _check_other_corpora(options: RecipeOptions) -> None:
    directories = options.other_corpora
    if directories and options.mode in STAGES_OF:
        raise UsageError(f"--train_with: --experiment {options.experiment} reads one corpus")
    scales = len(options.train_with_scales.split(":")) if options.train_with_scales else 0
    if scales not in (0, len(directories)):
        raise UsageError(f"--train_with_scales: {scales} for {len(directories)} of --train_with")
    for directory in directories:
        if not os.path.isdir(directory):
            raise UsageError(f"--train_with: no directory '{directory}'")


def _check_sentiment_labels(options: RecipeOptions) -> None:
    named = options.sentiment_model or options.sentiment_label_order
    if named and options.sentiment_backend != "transformers":
        raise UsageError(
            "--sentiment_model and --sentiment_label_order need --sentiment_backend transformers"
        )
