"""Options of a recipe, as `egs/<corpus>/run.sh` received them: typed, located and checked."""

import os
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from sentemo.core import plugins
from sentemo.core.config import changed, parse_changes, read_config
from sentemo.core.errors import SentemoError
from sentemo.upstreams import located

STAGES = (
    *("data", "feats", "pretrain", "asr_score", "train"),
    *("decode", "score", "report", "pack", "upload"),
)
# What one run of a recipe is about.
SINGLE, STUDY, BASELINES = "single", "study", "baselines"
TEXT_SENTIMENT, RECOGNITION = "text_sentiment", "recognition"
NO_UPSTREAM = "none"  # value of --upstream: no upstream, not even the recipe's own
PROBE = "probe"  # value of --experiment: one experiment with the configuration of a probe
STAGES_OF = {  # neither frames nor epochs, nor a stage for testing
    BASELINES: ("data", "train", "score", "report"),
    TEXT_SENTIMENT: ("data", "decode", "score"),
}


class UsageError(SentemoError):
    """A recipe was called with options that do not fit; it ends with the exit status of usage."""


@dataclass(frozen=True)
class RecipeOptions:
    """Options that decide something; an option that a recipe does not have keeps its default.

    Attributes
    ----------
    recipe_dir
        Folder of the recipe, ``egs/<corpus>``.
    recipe_stages
        Names of the stages that the recipe has.
    text_sentiment_data
        Data directory whose transcripts ``--experiment text_sentiment`` labels.
    default_upstream
        Upstream of one experiment where none is named; empty trains from scratch.
    work_dir
        Folder of ``data/``, ``dump/`` and ``exp/``.

    changes
        Assignments of ``--set``, and those of ``--change``, its older form.
    columns
        Values of ``--column``.
    is_own
        Whether the recipe is that of the user's own data.

    All others are the options of the same name, see ``run.sh --help``.
    """

    recipe_dir: Path
    recipe_stages: tuple[str, ...]
    work_dir: Path
    text_sentiment_data: str = "data/all"
    default_upstream: str = ""
    stage: str = STAGES[0]
    stop_stage: str = STAGES[-1]
    cmd_backend: str = "local"
    submit_only: str = ""
    config: str = ""
    tag: str = ""
    feats: str = ""
    speed_factors: str = ""
    labels: str = ""
    folds: str = ""
    test_set: str = ""
    split: str = ""
    task: str = "label"  # of recipes without this option
    scale: str = ""
    text: str = ""
    upstream: str = ""
    upstream_window: str = ""
    sa2sr_model: str = ""
    ssl_model: str = ""
    align_model: str = ""
    experiment: str = ""
    seeds: int = 1
    rows: str = ""
    changes: tuple[str, ...] = ()
    plugin: str = ""
    train_with: str = ""
    train_with_scales: str = ""
    sentiment_backend: str = ""
    sentiment_model: str = ""
    sentiment_label_order: str = ""
    token_type: str = ""
    bpe_size: str = ""
    data_dir: str = ""
    csv: str = ""
    columns: tuple[str, ...] = ()
    speaker_from: str = ""
    is_own: bool = False

    @classmethod
    def of_words(cls, words: Iterable[str]) -> "RecipeOptions":
        """Read ``name=value`` words; options that decide nothing are passed over.

        Raises
        ------
        UsageError
            When a word is no such assignment, or a value holds a line break.
        """
        given: dict[str, Any] = {}
        for word in words:
            name, equals, value = word.partition("=")
            if not equals:
                raise UsageError(f"'{word}' is not name=value")
            if "\n" in value:
                raise UsageError(f"--{name}: its value holds a line break")
            given[name] = value
        known = {name: given[name] for name in (f.name for f in fields(cls)) if name in given}
        for name in ("recipe_dir", "work_dir"):
            known[name] = Path(known[name])
        known["recipe_stages"] = tuple(known["recipe_stages"].split())
        known["changes"] = (*given.get("set", "").split("\t"), *given.get("change", "").split())
        known["changes"] = tuple(filter(None, known["changes"]))
        known["columns"] = tuple(filter(None, given.get("column", "").split("\t")))
        known["is_own"] = "csv" in given
        known["seeds"] = int(known.get("seeds", 1))
        return cls(**known)

    @property
    def root(self) -> Path:
        """Root of the repository, which has ``conf/``."""
        return self.recipe_dir.parents[1]

    @property
    def mode(self) -> str:
        """Return the run's subject: one experiment, a study, baselines, text or recognition."""
        if "train" not in self.recipe_stages:
            return RECOGNITION
        if self.experiment in STAGES_OF:
            return self.experiment
        return STUDY if self.experiment or self.seeds != 1 else SINGLE

    @property
    def learns_classes(self) -> bool:
        """Tell whether classes are learnt, alone or beside dimensions."""
        return self.task != "dimensional"

    @property
    def other_corpora(self) -> list[str]:
        """Data directories of ``--train_with``."""
        return [directory for directory in self.train_with.split(":") if directory]

    @property
    def available_stages(self) -> list[str]:
        """Stages that the recipe has for these options, in their order."""
        found = [stage for stage in STAGES if stage in self.recipe_stages]
        if self.mode in STAGES_OF:
            found = [stage for stage in found if stage in STAGES_OF[self.mode]]
        return found

    @property
    def wanted_stages(self) -> list[str]:
        """Stages from ``--stage`` to ``--stop_stage``, whether the recipe has them or not.

        Raises
        ------
        UsageError
            When there is no such stage, or the last comes before the first.
        """
        first, last = self._stage_index("stage"), self._stage_index("stop_stage")
        if first > last:
            raise UsageError(f"--stage {self.stage} comes after --stop_stage {self.stop_stage}")
        return list(STAGES[first : last + 1])

    def _stage_index(self, option: str) -> int:
        value = getattr(self, option)
        for index, name in enumerate(STAGES):
            if value in (name, str(index + 1)):
                return index
        names = " ".join(f"{number} {name}" for number, name in enumerate(STAGES, start=1))
        raise UsageError(f"--{option}: no stage '{value}'; the stages are {names}")

    def runs(self, *stages: str) -> bool:
        """Tell whether one of these stages is to be run."""
        return any(s in self.available_stages for s in self.wanted_stages if s in stages)


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
