"""Settings of a training that no training can use, refused before any work."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from hostile.case import Case
from sentemo.core.config import changed, parse_changes, read_config
from sentemo.tasks.ser import SERTask
from sentemo.training.arguments import check_configuration

CONF = Path(__file__).parents[2] / "conf"
WRONG = {
    "max_epoch=0": "max_epoch: found 0, wanted a whole number from 1 to",
    "max_epoch=1.5": "max_epoch: found 1.5, wanted a whole number",
    "max_epoch=true": "max_epoch: found True",
    "max_epoch=[3]": "max_epoch: found a list of 1",
    "max_epoch=10000000": "max_epoch: found 10000000",
    "batch_size=0": "batch_size: found 0",
    "batch_size=-4": "batch_size: found -4",
    "batch_size=many": "batch_size: found 'many'",
    "valid_batch_size=0": "valid_batch_size: found 0",
    "batch_bins=0": "batch_bins: found 0",
    "batch_type=x": "batch_type: found 'x', wanted one of unsorted, sorted, folded",
    "sort_in_batch=up": "sort_in_batch: found 'up'",
    "num_workers=-1": "num_workers: found -1",
    "num_workers=100000": "num_workers: found 100000",
    "keep_nbest_models=0": "keep_nbest_models: found 0",
    "keep_nbest_models=[0]": "keep_nbest_models",
    "patience=-1": "patience: found -1",
    "patience=soon": "patience: found 'soon'",
    "accum_grad=0": "accum_grad: found 0",
    "grad_clip=.nan": "grad_clip: found nan",
    "grad_clip=0": "grad_clip: found 0",
    "fold_length=[0]": r"fold_length\[1\]: found 0",
    "fold_length=100": "fold_length: found 100, wanted a list",
    "seed=4294967296": "seed: found 4294967296",
    "seed=-1": "seed: found -1",
    "resume=maybe": "resume: found 'maybe', wanted true or false",
    "use_matplotlib=2": "use_matplotlib: found 2",
    "labels=angry": "labels: found 'angry', wanted a list",
    "labels=[angry,angry]": "labels: .*without repeats",
    "labels=[yes,no]": r"labels\[1\]: found True, wanted text",
    "best_model_criterion=loss": "best_model_criterion: found 'loss'",
    "best_model_criterion=[loss]": r"best_model_criterion\[1\]: found 'loss'",
    "early_stopping_criterion=3": "early_stopping_criterion: found 3",
    "optim_conf.lr=.nan": "optim_conf.lr: found nan",
    "optim_conf.lr=.inf": "optim_conf.lr: found inf",
    "optim_conf.lr=-1": "optim_conf.lr: found -1",
    "optim_conf.lr=nan": "number read as a string",
    "optim_conf.weight_decay=-1": "optim_conf.weight_decay: found -1",
    "encoder_conf.dropout=5": "encoder_conf.dropout: found 5, wanted a number from 0 to 1",
    "encoder_conf.dropout=-0.1": "encoder_conf.dropout: found -0.1",
    "encoder_conf.dropout=.nan": "encoder_conf.dropout: found nan",
    "encoder_conf.num_layers=10000000": "encoder_conf.num_layers: 10000000, and at most 1000",
    "encoder_conf.channels=1000000000": "encoder_conf.channels: 1000000000, and at most",
    "decoder_conf.units=[128,1000000000]": "decoder_conf.units: 1000000000",
    "encoder_conf=4": "encoder_conf",
}
WRONG_OF_PROBES = {
    "probe_conf=5": "probe_conf",
    "probe_conf=[1]": "probe_conf",
    "probe_conf.choice=best": "probe_conf.choice: found 'best', wanted one of pooled, fold",
    "probe_conf.choice=5": "probe_conf.choice: found 5",
    "probe_conf.choice=[pooled]": "probe_conf.choice: found a list",
    "probe_conf.penalties=5": "probe_conf.penalties: found 5, wanted a list",
    "probe_conf.penalties=[]": "probe_conf.penalties: found ",
    "probe_conf.penalties=[0]": r"probe_conf.penalties\[1\]: found 0",
    "probe_conf.penalties=[-1]": r"probe_conf.penalties\[1\]: found -1",
    "probe_conf.penalties=[.nan]": r"probe_conf.penalties\[1\]: found nan",
    "probe_conf.penalties=[.inf]": r"probe_conf.penalties\[1\]: found inf",
    "probe_conf.penalties=[a]": r"probe_conf.penalties\[1\]: found 'a'",
    "probe_conf.scales=2": "probe_conf.scales: found 2, wanted a mapping",
    "probe_conf.scales={label: high}": "probe_conf.scales.label: found 'high'",
    "probe_conf.penalty=1": "probe_conf.penalty: did you mean penalties",
}


def settings() -> Iterator[Case]:
    """Yield one changed setting of a network or of a probe."""
    for config, wrong in (("train_ser_acoustic", WRONG), ("train_probe", WRONG_OF_PROBES)):
        yield Case(f"{config} as it is", partial(_check, config))
        for change, refusal in wrong.items():
            yield Case(change, partial(_check, config, change=change), refusal)


def _check(config: str, folder: Path, change: str = "") -> Any:
    changes = parse_changes([change] if change else [])
    given = changed(read_config(CONF / f"{config}.yaml"), changes)
    check_configuration(SERTask, given, "own.yaml")
