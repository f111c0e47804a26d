import json

import pytest

from sentemo.bin.prepare_corpus import main
from sentemo.core.errors import SentemoError
from sentemo.data.kaldi import read_data_dir


@pytest.fixture
def emodb(tmp_path, make_audio):
    """A corner of EmoDB's layout and a labels file, in paths with spaces."""
    corpus = tmp_path / "Emo DB"
    for name in ("03a01Fa", "08a01Na", "09a02Wa", "10a02Tb", "03a01La"):
        make_audio(corpus / "wav" / f"{name}.wav")
    (tmp_path / "labels.txt").write_text("happy\nneutral\nsad\nangry\n")
    return tmp_path


def command(folder, *options):
    main(
        [
            *("emodb", "--corpus_dir", str(folder / "Emo DB")),
            *("--labels", str(folder / "labels.txt"), "--dest", str(folder / "my data/all")),
            *options,
        ]
    )


def test_a_partial_corpus_is_prepared_with_a_warning(emodb, capsys):
    command(emodb, "--allow_partial", "true")
    output = capsys.readouterr()
    assert "warning" in output.err
    assert "happy 1 of 71" in output.err
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in output.out.splitlines()]
    assert ["EmoDB", "4", "0.00", "4", "4", "play-acted"] in rows
    assert ["1", "class not in labels.txt"] in rows
    assert [u.id for u in read_data_dir(emodb / "my data/all")] == [
        *("03-03a01Fa", "08-08a01Na", "09-09a02Wa", "10-10a02Tb")
    ]
    counts = json.loads((emodb / "my data/all/counts.json").read_text())
    assert counts["dropped"] == {"class not in labels.txt": 1}
    assert "happy 1 of 71" in counts["notes"][0]


def test_a_second_run_does_nothing_until_an_input_changes(emodb, capsys, make_audio):
    command(emodb, "--allow_partial", "true")
    before = (emodb / "my data/all/wav.scp").stat().st_ino
    capsys.readouterr()
    command(emodb, "--allow_partial", "true")
    assert capsys.readouterr().out == f"{emodb}/my data/all: up to date\n"
    assert (emodb / "my data/all/wav.scp").stat().st_ino == before

    make_audio(emodb / "Emo DB/wav/16b10Wa.wav")
    command(emodb, "--allow_partial", "true")
    assert len(read_data_dir(emodb / "my data/all")) == 5
    (emodb / "labels.txt").write_text("angry\nneutral\n")
    command(emodb, "--allow_partial", "true")
    assert len(read_data_dir(emodb / "my data/all")) == 3


def test_a_refused_corpus_leaves_the_earlier_output(emodb):
    command(emodb, "--allow_partial", "true")
    (emodb / "Emo DB/wav/16b10Wa.wav").write_bytes(b"no audio")
    with pytest.raises(SentemoError, match=r"16b10Wa.wav: unreadable audio"):
        command(emodb, "--allow_partial", "true")
    assert len(read_data_dir(emodb / "my data/all")) == 4
    with pytest.raises(SentemoError, match="--allow_partial true"):
        command(emodb)


@pytest.mark.parametrize(
    "options", [["--allow_part", "true"], ["--allow_partial", "yes"], ["--parts", "test-clean"]]
)
def test_misspelt_options_are_refused(emodb, options, capsys):
    with pytest.raises(SystemExit) as stop:
        command(emodb, *options)
    assert stop.value.code == 2
    assert options[0] in capsys.readouterr().err


def test_librispeech_is_prepared_with_its_texts(tmp_path, make_audio, capsys):
    chapter = tmp_path / "LibriSpeech/test-clean/61/70968"
    make_audio(chapter / "61-70968-0000.flac")
    (chapter / "61-70968.trans.txt").write_text("61-70968-0000 HE BEGAN\n")
    arguments = ["librispeech", "--corpus_dir", str(tmp_path), "--dest", str(tmp_path / "all")]
    arguments += ["--allow_partial", "true"]
    main(arguments)
    (utt,) = read_data_dir(tmp_path / "all")
    assert (utt.id, utt.speaker, utt.text, utt.label) == ("61-70968-0000", "61", "HE BEGAN", None)
    main([*arguments, "--parts", ""])
    assert capsys.readouterr().out.endswith("up to date\n")
