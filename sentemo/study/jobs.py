"""What train and decode are called with for each run of a study, and whether they are done."""

import argparse
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from sentemo.core.errors import Problems, SentemoError
from sentemo.data.features import SUMMARY
from sentemo.experiment.ser import PREDICTED, add_fold_arguments, fold_experiment, is_done
from sentemo.scoring.fusion import is_fused
from sentemo.scoring.predictions import predictions_file
from sentemo.study.plan import BASELINE, FUSED, TRAINED, UPSTREAMS, Run, changed, write_config

BASELINE_COMMAND = "train_baseline"
OWN_ENCODER = ("frontend", "encoder")  # who names one of these does not take --asr_model's


@dataclass(frozen=True)
class StudyCommand:
    """What trains or decodes a run, as it travels to whoever does it.

    Attributes
    ----------
    name
        Of the run.
    module
        Of `sentemo.bin`.
    """

    name: str
    module: str
    arguments: list[str]

    @property
    def is_baseline(self) -> bool:
        """Whether it trains no network."""
        return self.module == BASELINE_COMMAND

    def run(self) -> float:
        """Run it in this process, and return the seconds that it took."""
        print(f"━━ {self.name}", flush=True)
        started = time.perf_counter()
        import_module(f"sentemo.bin.{self.module}").main(self.arguments)
        return time.perf_counter() - started


@dataclass(frozen=True)
class StudyJobs:
    """Turns the runs of a study into command lines.

    Attributes
    ----------
    args
        Of `sentemo.bin.study`.
    changes
        To every configuration that is trained.
    """

    args: argparse.Namespace
    changes: Mapping[str, Any]

    def settings(self, run: Run) -> dict[str, Any]:
        """Return a trained run's whole configuration."""
        return run.row.settings(run.candidate, self._changes(run))

    def _changes(self, run: Run) -> Mapping[str, Any]:
        """Changes to every configuration, and the self-supervised model of those that have one."""
        if run.row.upstream != "ssl_model" or not self.args.ssl_model:
            return self.changes
        return changed(self.changes, {"frontend_conf": {"model": self.args.ssl_model}})

    def upstream(self, run: Run) -> str | None:
        """The model that a run takes over, where it was given."""
        return getattr(self.args, run.row.upstream)

    def reads_text(self, run: Run) -> bool:
        """Whether a run reads transcripts."""
        return run.row.kind == TRAINED and bool(self.settings(run).get("text_encoder"))

    def takes_asr_model(self, run: Run) -> bool:
        """Whether a run takes over the encoder of an ASR model, --asr_model or another."""
        return run.row.kind == TRAINED and not any(map(self.settings(run).get, OWN_ENCODER))

    def feature_types(self, runs: Sequence[Run]) -> list[str]:
        """Return the types of features that these runs need, the recogniser's among them."""
        types = {self._feature_type(run) for run in runs if run.row.kind == TRAINED}
        if self.args.asr_model and any(map(self.reads_text, runs)):
            types.add(_asr_feature_type(self.args.asr_model))
        return sorted(types)

    def require_runnable(self, runs: Sequence[Run]) -> None:
        """Insist, before hours of training, that no run will fail for what it is called with.

        Raises
        ------
        SentemoError
            Naming the rows that lack something, keys of configurations that are wrong, and models
            that nothing reads.
        """
        problems = Problems(f"{self.args.study or self.args.config}")
        used = {run.row.upstream for run in runs if self._takes_over(run)}
        if any(map(self.reads_text, runs)):
            used.add("asr_model")
        for option in UPSTREAMS:
            if getattr(self.args, option) and option not in used:
                detail = "every configuration names its own encoder, or takes another model"
                problems.add("not used", f"--{option}", detail)
        for run in runs:
            if self._takes_over(run) and not self.upstream(run):
                detail = f"{run.candidate} needs --{run.row.upstream}"
                problems.add("names no encoder", run.row.name, detail)
            if self.reads_text(run) and not (self.args.text and self.args.text.is_file()):
                where = self.args.text or "--text is not given"
                problems.add("no transcripts", run.row.name, f"{where} (stage asr_score)")
            if run.row.kind == BASELINE and (self.args.data / "utt2corpus").is_file():
                detail = "the other rows are trained on other corpora too (--train_with)"
                problems.add("a baseline of one corpus", run.row.name, detail)
        problems.raise_if_any("Give what is missing, or leave these rows out: --rows 1,2.")
        self._check_configurations([run for run in runs if run.row.kind == TRAINED])

    def _takes_over(self, run: Run) -> bool:
        self_supervised = run.row.kind == TRAINED and run.row.upstream == "ssl_model"
        return self_supervised or self.takes_asr_model(run)

    def _check_configurations(self, runs: Sequence[Run]) -> None:
        from sentemo.tasks.ser import SERTask  # ESPnet takes seconds to start
        from sentemo.training.arguments import training_arguments

        for dump in sorted({self._dump(run) for run in runs}):
            if not (dump / SUMMARY).is_file():
                raise SentemoError(f"{dump}: no features. Run the feats stage with these options.")
        for config in dict.fromkeys(map(self._config, runs)):
            training_arguments(SERTask, config, {})

    def arguments(self, run: Run) -> list[str]:
        """Return what `train` and `decode` are called with."""
        options = {
            "config": self._config(run),
            "data": self.args.data,
            "dump": self._dump(run),
            "task": self.args.task,
            "folds": self.args.folds,
            "exp": run.exp,
            "seed": run.seed,
            "nj": self.args.nj or "",
            "ngpu": self.args.ngpu,
            "num_nodes": self.args.num_nodes,
            "fold_parallel": str(self.args.fold_parallel).lower(),
        }
        for name in ("labels", "scale"):
            if (value := getattr(self.args, name)) is not None:
                options[name] = value
        if self.takes_asr_model(run):
            options["asr_model"] = self.upstream(run)
        if self.reads_text(run):
            options["text"] = self.args.text
        return _words(options)

    def baseline_arguments(self, run: Run) -> list[str]:
        """Return what `train_baseline` is called with."""
        options = {
            "config": run.row.config,
            "data": self.args.original_data,
            "dump": self.args.dump,
            "labels": self.args.labels,
            "folds": self.args.folds,
            "exp": run.exp,
            "corpus": self.args.corpus,
            "nj": self.args.nj or "",
            "convert_audio": str(self.args.convert_audio).lower(),
        }
        return _words(options)

    def commands(self, runs: Sequence[Run], stage: str) -> list[StudyCommand]:
        """Return what trains or decodes these runs; what is fused needs no command.

        A baseline answers its test side when it is trained.
        """
        found = []
        for run in runs:
            if run.row.kind == TRAINED:
                corpus = ["--corpus", self.args.corpus] if stage == "train" else []
                found.append(StudyCommand(run.exp.name, stage, [*self.arguments(run), *corpus]))
            elif run.row.kind == BASELINE and stage == "train":
                arguments = self.baseline_arguments(run)
                found.append(StudyCommand(run.exp.name, BASELINE_COMMAND, arguments))
        return found

    def require_done(self, runs: Sequence[Run], stage: str) -> None:
        """Insist that runs went through a stage with the very settings at hand.

        Raises
        ------
        SentemoError
            Naming those that did not: what they left does not belong into the table.
        """
        problems = Problems(str(self.args.exp))
        for run in runs:
            if not self._is_done(run, stage):
                problems.add("not done with these settings", run.exp.name, f"stage {stage}")
        problems.raise_if_any(f"Run the {stage} stage with the same options.")

    def _is_done(self, run: Run, stage: str) -> bool:
        side = PREDICTED[stage]
        if run.row.kind == FUSED:
            return is_fused([member.exp for member in run.members], run.exp, side)
        if run.row.kind == BASELINE:  # which checks its inputs when it is trained
            return (run.exp / predictions_file("label", side)).is_file()
        parser = argparse.ArgumentParser(allow_abbrev=False)
        add_fold_arguments(parser)
        experiment = fold_experiment(parser.parse_args(self.arguments(run)))
        return is_done(experiment, stage, self.args.task)

    def _config(self, run: Run) -> Path:
        return write_config(run, self._changes(run), self.args.exp / "configs")

    def _dump(self, run: Run) -> Path:
        return self.args.dump / self._feature_type(run) / self.args.data.name

    def _feature_type(self, run: Run) -> str:
        if self.takes_asr_model(run):
            if not (model := self.upstream(run)):
                raise SentemoError(
                    f"row {run.row.name}: names no encoder; give --{run.row.upstream}, or leave "
                    "the row out (--rows)"
                )
            return _asr_feature_type(model)
        return self.settings(run).get("feature_type") or "fbank80"


@cache  # reading a checkpoint for every run of a study would add up
def _asr_feature_type(asr_model: str) -> str:
    from sentemo.upstreams import Upstream  # ESPnet takes seconds to start

    return Upstream(asr_model).feature_type


def _words(options: Mapping[str, Any]) -> list[str]:
    return [word for name, value in options.items() for word in (f"--{name}", str(value))]
