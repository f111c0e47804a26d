"""The files of an experiment or of a packed model from which a model is built."""

from dataclasses import dataclass, replace
from pathlib import Path

from sentemo.core.best_epoch import ENCODER_FILE, best_weights
from sentemo.core.config import read_config
from sentemo.core.errors import SentemoError
from sentemo.core.markers import TRAINED_MARKER
from sentemo.core.packed import META, PackedModel

CONFIG_ROLE, MODEL_ROLE, FOLD_ROLE = "ser_train_config", "ser_model_file", "ser_fold_{:02d}_file"
RECOGNISER_ROLE = "asr_ctc_file"


@dataclass(frozen=True)
class CheckpointFiles:
    """Files of one model, or of several whose outputs are averaged.

    Attributes
    ----------
    config_file
        The ``config.yaml``; statistics and the like lie beside it.
    members
        Files of each model's weights; the weights of later files are added to those before.
    folds
        Number of the fold that each model was trained on.
    recogniser
        File of the CTC layer of a packed model, where it has one.
    is_final
        Whether it is the final model of an experiment, which learnt from the data of all folds.
    """

    config_file: Path
    members: tuple[tuple[Path, ...], ...]
    folds: tuple[int, ...]
    recogniser: Path | None = None
    is_final: bool = False

    @property
    def is_shared(self) -> bool:
        """Tell whether the models have one encoder."""
        return len({files[0] for files in self.members}) == 1


def is_experiment(folder: Path) -> bool:
    """Tell whether a folder is an experiment of emotion recognition with trained folds."""
    return (folder / "fold_01").is_dir()


def files_of_experiment(
    exp: Path, fold: int | None = None, ensemble: bool = False
) -> CheckpointFiles:
    """Find the files of an experiment's models.

    Parameters
    ----------
    fold
        Number of the fold whose model is wanted.
    ensemble
        Whether the models of all folds are wanted, whose outputs are averaged. Where neither is
        given, it is the final model, or all models while there is none.

    Raises
    ------
    SentemoError
        When the experiment is not trained, or has no such fold.
    """
    from sentemo.folds.job import FINAL

    if fold is None and not ensemble and (exp / FINAL / TRAINED_MARKER).exists():
        return replace(files_of_experiment(exp / FINAL), is_final=True)
    folders = sorted(exp.glob("fold_[0-9]*"))
    if not folders:
        raise SentemoError(
            f"{exp}: no fold_01 in it, so this is no trained emotion recogniser. Run stage train; "
            "of a study give one of the experiments in it. Baselines have no network."
        )
    shared = (exp / ENCODER_FILE).exists()
    numbers = {int(folder.name.removeprefix("fold_")): folder for folder in folders}
    if fold is not None and fold not in numbers:
        raise SentemoError(f"{exp}: no fold {fold}; there are {min(numbers)} to {max(numbers)}.")
    wanted = list(numbers) if fold is None else [fold]
    config_file = (exp if shared else numbers[wanted[0]]) / "config.yaml"
    criteria = read_config(config_file)["best_model_criterion"]
    weights = [best_weights(numbers[number], criteria) for number in wanted]
    members = [
        (*(file for file in (exp / ENCODER_FILE, w.with_name(ENCODER_FILE)) if file.exists()), w)
        for w in weights
    ]
    return CheckpointFiles(config_file, tuple(members), tuple(wanted))


def files_of_packed(packed: PackedModel) -> CheckpointFiles:
    """Find the files in an archive of stage pack: a whole model, and the changes of the others."""
    others = [role for role in packed.roles() if role.startswith("ser_fold_")]
    config_file, model, *changes = packed.require(CONFIG_ROLE, MODEL_ROLE, *others, task="emotion")
    folds = (0, *map(_fold_of, others))
    has_recogniser = RECOGNISER_ROLE in packed.roles()
    recogniser = packed.require(RECOGNISER_ROLE, task="emotion")[0] if has_recogniser else None
    members = ((model,), *((model, change) for change in changes))
    return CheckpointFiles(config_file, members, folds, recogniser)


def _fold_of(role: str) -> int:
    number = role.split("_")[2]
    if not number.isdecimal():
        raise SentemoError(f"{META} names {role!r}, which names no fold. Pack the model again.")
    return int(number)


def is_packed(folder: Path) -> bool:
    """Tell whether a folder is an unpacked model."""
    return (folder / META).is_file()
