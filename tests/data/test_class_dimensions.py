"""Dimensions by the classes of a data directory: published values, named as a proxy."""

import pytest

from sentemo.bin.class_dimensions import main
from sentemo.core.errors import SentemoError
from sentemo.data.class_dimensions import NOTE
from sentemo.data.importing import import_data_dir
from sentemo.data.kaldi import Utterance, read_data_dir
from sentemo.data.preparation import ParsedCorpus, read_counts, write_data_dir


def test_each_class_has_its_values_on_the_scale_of_7(small_data_dir, tmp_path, capsys):
    main(["--data", str(small_data_dir), "--dest", str(tmp_path / "by_class")])
    assert "8 utterances, --scale msp_podcast; dimensions are a proxy" in capsys.readouterr().out
    before = {utt.id: utt for utt in read_data_dir(small_data_dir)}
    found = {utt.id: utt for utt in read_data_dir(tmp_path / "by_class")}
    assert found.keys() == before.keys()
    for name, utt in found.items():
        happy = before[name].label == "happy"
        values = (5.53, 6.43, 5.38) if happy else (3.19, 2.11, 3.01)
        assert utt.avd == pytest.approx(values)
        assert utt.label is None
        assert (utt.speaker, utt.audio) == (before[name].speaker, before[name].audio)
    import_data_dir(tmp_path / "by_class", tmp_path / "data" / "release", scale="msp_podcast")
    for folder in ("by_class", "data/release"):
        assert read_counts(tmp_path / folder)["notes"] == [NOTE]


def test_a_class_without_published_values_is_named(tmp_path, make_audio):
    audio = make_audio(tmp_path / "a.wav")
    utterances = [Utterance("a-1", "a", audio, "Sarcastic")]
    write_data_dir(tmp_path / "data", ParsedCorpus(utterances))
    with pytest.raises(SentemoError, match="no published values of the class"):
        main(["--data", str(tmp_path / "data"), "--dest", str(tmp_path / "by_class")])
