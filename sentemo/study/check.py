"""Checks of a study: before it is trained, and before its test sides are opened."""

from collections.abc import Sequence

from sentemo.core.errors import Problems, SentemoError
from sentemo.data.features import FEATS_JSON
from sentemo.study.experiments import StudyExperiments
from sentemo.study.plan import BASELINE, TRAINED, UPSTREAMS, Run


def require_runnable(experiments: StudyExperiments, runs: Sequence[Run]) -> None:
    """Require, before hours of training, that every run has what it needs.

    Raises
    ------
    SentemoError
        Naming the rows that lack something, keys of configurations that are wrong, and models
        that nothing reads.
    """
    options = experiments.options
    problems = Problems(str(options.source))
    used = {run.row.upstream for run in runs if experiments.takes_model(run)}
    if any(map(experiments.reads_text, runs)):
        used.add("upstream")
    for option in UPSTREAMS:
        if options.upstreams.get(option) and option not in used:
            detail = "every configuration names its own encoder, or takes another model"
            problems.add("not used", f"--{option}", detail)
    for run in runs:
        if run.row.upstream not in UPSTREAMS and not experiments.takes_model(run):
            detail = f"{run.candidate} names its own encoder"
            problems.add(f"not used: upstream {run.row.upstream}", run.row.name, detail)
        if experiments.takes_model(run) and not experiments.upstream(run):
            detail = f"{run.candidate} needs --{run.row.upstream}"
            problems.add("names no encoder", run.row.name, detail)
        if experiments.reads_text(run) and not (options.text and options.text.is_file()):
            where = options.text or "--text is not given"
            problems.add("no transcripts", run.row.name, f"{where} (stage asr_score)")
        if run.row.kind == BASELINE and (options.data / "utt2corpus").is_file():
            detail = "the other rows are trained on other corpora too (--train_with)"
            problems.add("a baseline of one corpus", run.row.name, detail)
    problems.raise_if_any("Give what is missing, or leave these rows out: --rows 1,2.")
    _check_configurations(experiments, [run for run in runs if run.row.kind == TRAINED])


def _check_configurations(experiments: StudyExperiments, runs: Sequence[Run]) -> None:
    from sentemo.tasks.ser import SERTask  # ESPnet takes seconds to start
    from sentemo.training.arguments import training_arguments

    for dump in sorted({experiments.features(run) for run in runs}):
        if not (dump / FEATS_JSON).is_file():
            raise SentemoError(f"{dump}: no features. Run the feats stage with these options.")
    for config in dict.fromkeys(map(experiments.config, runs)):
        training_arguments(SERTask, config, {})


def require_done(experiments: StudyExperiments, runs: Sequence[Run], stage: str) -> None:
    """Require that runs went through a stage with the very settings at hand.

    Raises
    ------
    SentemoError
        Naming those that did not: their results do not belong into the table.
    """
    problems = Problems(str(experiments.options.directory))
    for run in runs:
        if not experiments.experiment(run).is_done(stage):
            problems.add("not done with these settings", run.exp.name, f"stage {stage}")
    problems.raise_if_any(f"Run the {stage} stage with the same options.")
