import pytest
from hostile.data import FILES, emptied, half, other_numbers

from sentemo.core.errors import SentemoError
from sentemo.data.feature_directory import extract_features
from sentemo.data.features import read_feature_dir
from sentemo.launch.resources import Resources

CASES = [(damage, name) for damage in (half, emptied) for name in FILES]
CASES += [(other_numbers, name) for name in ("feats.1.ark", "feats.scp", "utt2num_frames")]


@pytest.mark.parametrize(("damage", "name"), CASES)
def test_damaged_features_are_noticed_and_made_again(
    small_data_dir, tmp_path, capsys, name, damage
):
    dump = tmp_path / "dump" / "all"
    extract_features(small_data_dir, dump, Resources(), "fbank40")
    before = {file: (dump / file).read_bytes() for file in FILES}
    damage(dump / name)
    with pytest.raises(SentemoError, match=rf"{name}.* Run stage feats again"):
        read_feature_dir(dump)
    capsys.readouterr()
    extract_features(small_data_dir, dump, Resources(), "fbank40")
    said = capsys.readouterr().out
    assert "The features are made again" in said or name in said
    assert {file: (dump / file).read_bytes() for file in FILES} == before
    extract_features(small_data_dir, dump, Resources(), "fbank40")
    assert "up to date" in capsys.readouterr().out
