"""The final model of an experiment: trained on all of its data, as validation chose for the folds.

A fold's model never learns from the speakers that it is tested on, so a cross-validation leaves
many models with figures and none of all data. The final model is made to be used; the figures that
it is described by are those of the folds.
"""

import shutil
from dataclasses import replace

from sentemo.core.config import CHANGED_CONFIGS, write_config
from sentemo.core.errors import SentemoError
from sentemo.core.logs import TRAIN_LOG, log_to
from sentemo.core.markers import TRAINED_MARKER
from sentemo.data.splits import side_of_fold
from sentemo.experiment.ser import SERExperiment
from sentemo.folds.job import FINAL
from sentemo.folds.run import train_fold, train_together


def train_final(experiment: SERExperiment) -> None:
    """Train the final model into the folder `FINAL` of the experiment, unless that is done.

    An experiment of one fold has none: its figures are those of its only model.

    Raises
    ------
    SentemoError
        When the folds are not trained with these settings.
    """
    directory = experiment.directory
    if not experiment.is_done("train"):
        raise SentemoError(
            f"{directory}: not trained with these settings. Run the train stage first."
        )
    jobs = experiment.jobs()
    if len(jobs) == 1:
        print(f"{directory}: one fold; its model is the final one")
        return
    with log_to(directory / TRAIN_LOG):
        from sentemo.folds.final import final_job, final_settings

        settings, chosen = final_settings(jobs)
    config = write_config(settings, directory / CHANGED_CONFIGS / f"{FINAL}.yaml")
    final = replace(experiment, directory=directory / FINAL, config=config)
    guarded = final.guarded_directory()
    if guarded.is_done("train", TRAINED_MARKER):
        print(f"{final.directory}: the final model is trained")
        return
    if not guarded.is_started():
        shutil.rmtree(final.directory, ignore_errors=True)  # of folds that were trained anew
    job = final_job(final.keep_states() or final.jobs(), final.directory)
    guarded.start(**experiment.description(jobs), epochs=chosen)
    count = len(side_of_fold(job.utterances, job.fold, "train"))
    remark = "" if final.is_trained_together() else "; what it calls valid is learnt too"
    print(
        f"{final.directory}: training the final model on all {count} utterances, with "
        f"{chosen}{remark}",
        flush=True,
    )
    list(final.run_folds("train", train_fold, [job], train_together))
    guarded.finish("train")
