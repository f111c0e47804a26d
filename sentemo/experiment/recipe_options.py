"""Options of a recipe, as `egs/<corpus>/run.sh` received them: typed."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from sentemo.core.errors import SentemoError
from sentemo.core.schema import LARGEST_SEED, MOST

STAGES = (
    *("data", "feats", "pretrain", "asr_score", "train"),
    *("decode", "score", "report", "pack", "upload"),
)
# What one run of a recipe is about.
SINGLE, STUDY, BASELINES = "single", "study", "baselines"
TEXT_SENTIMENT, RECOGNITION = "text_sentiment", "recognition"
PROBE = "probe"  # value of --experiment: one experiment with the configuration of a probe
LARGEST = {"seed": LARGEST_SEED, "seeds": 1000, "nj": MOST, "ngpu": 1000, "num_nodes": 1000}
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
    degraded_copies: str = "0"
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
    align_words: str = ""
    asr_language: str = ""
    experiment: str = ""
    robustness: str = "false"
    seed: int = 1
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
        for name, most in LARGEST.items():
            value = given.get(name, "")
            if value.isdecimal() and (len(value) > len(str(most)) or int(value) > most):
                raise UsageError(f"--{name}: {value:.30} is more than {most}")
        known = {name: given[name] for name in (f.name for f in fields(cls)) if name in given}
        for name in ("recipe_dir", "work_dir"):
            known[name] = Path(known[name])
        known["recipe_stages"] = tuple(known["recipe_stages"].split())
        known["changes"] = (*given.get("set", "").split("\t"), *given.get("change", "").split())
        known["changes"] = tuple(filter(None, known["changes"]))
        known["columns"] = tuple(filter(None, given.get("column", "").split("\t")))
        known["is_own"] = "csv" in given
        for name in ("seed", "seeds"):
            known[name] = int(known.get(name, 1))
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
