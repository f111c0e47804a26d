from pathlib import Path

from sentemo.core.config import changed, parse_changes, read_config
from sentemo.tasks.ser import SERTask
from sentemo.training.arguments import check_configuration

ACOUSTIC = Path(__file__).parents[2] / "conf" / "train_ser_acoustic.yaml"


def test_shipped_values_are_right_and_ends_of_ranges_are_allowed():
    settings = read_config(ACOUSTIC)
    allowed = ["max_epoch=1", "patience=null", "keep_nbest_models=[5]", "num_workers=0"]
    allowed += ["encoder_conf.dropout=0", "seed=4294967295", "valid_batch_size=null"]
    check_configuration(SERTask, changed(settings, parse_changes(allowed)), "own.yaml")
