import json
import os
import resource
import signal
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import soundfile

from sentemo.bin.add_copies import main
from sentemo.core.errors import SentemoError
from sentemo.data import copies as copying
from sentemo.data.audio import read_audio
from sentemo.data.kaldi import Utterance, read_data_dir
from sentemo.data.preparation import ParsedCorpus, write_data_dir
from sentemo.data.tables import read_table


def arguments(data, *options, factors="0.9,1.1", dest="all_sp", audio="speed"):
    work = data.parent
    return [
        *("--data", str(data), "--factors", factors),
        *("--dest", str(work / dest), "--audio", str(work / audio), *options),
    ]


def copies_in(path):
    return {utt.id: utt for utt in read_data_dir(path) if utt.original is not None}


def test_every_utterance_that_may_train_is_copied(small_data_dir):
    main(arguments(small_data_dir))
    dest = small_data_dir.with_name("all_sp")
    originals = {utt.id: utt for utt in read_data_dir(small_data_dir)}
    everything = {utt.id: utt for utt in read_data_dir(dest)}
    assert {u: utt for u, utt in everything.items() if utt.original is None} == originals
    copies = copies_in(dest)
    assert sorted(copies) == [
        f"sp{factor}-{speaker}-{label}"
        for factor in ("0.9", "1.1")
        for speaker in "abcd"
        for label in ("happy", "sad")
    ]
    copy, original = copies["sp0.9-b-sad"], originals["b-sad"]
    assert (copy.speaker, copy.original) == ("sp0.9-b", "b-sad")
    assert (copy.label, copy.text) == ("sad", original.text)
    before, after = (soundfile.info(utt.audio).frames for utt in (original, copy))
    assert after == np.ceil(before / 0.9)


def test_what_tells_results_apart_stays_with_the_originals(small_data_dir):
    genders = {"a": "f", "b": "m", "c": "f", "d": "m"}
    corpus = ParsedCorpus(read_data_dir(small_data_dir), tables={"spk2gender": genders})
    write_data_dir(small_data_dir, corpus)
    main(arguments(small_data_dir))
    assert read_table(small_data_dir.with_name("all_sp") / "spk2gender") == genders


def test_of_the_corpus_own_partition_only_train_is_copied(small_data_dir):
    part = {"a": "train", "b": "valid", "c": "test", "d": "unused"}
    utterances = [replace(u, split=part[u.speaker]) for u in read_data_dir(small_data_dir)]
    write_data_dir(small_data_dir, ParsedCorpus(utterances))
    main(arguments(small_data_dir))
    copies = copies_in(small_data_dir.with_name("all_sp")).values()
    assert {utt.original for utt in copies} == {"a-happy", "a-sad"}
    assert {utt.split for utt in copies} == {"train"}


def test_segments_and_channels_are_cut_out(tmp_path):
    def tone(hertz):
        return 0.5 * np.sin(2 * np.pi * hertz * np.arange(16000) / 16000)

    left, right = np.concatenate([tone(300), tone(500)]), np.concatenate([tone(700), tone(900)])
    soundfile.write(tmp_path / "call.wav", np.stack([left, right], axis=1), 16000)
    utterances = [
        Utterance(
            *(f"{speaker}-{start}", speaker, tmp_path / "call.wav"),
            start=float(start),
            end=start + 0.5,
            recording=f"call-{channel}",
            channel=channel,
        )
        for speaker, channel, start in (("a", 0, 0), ("b", 1, 1), ("c", 0, 1), ("d", 1, 0))
    ]
    data = tmp_path / "data" / "all"
    write_data_dir(data, ParsedCorpus(utterances))
    main(arguments(data, factors="0.9"))
    dest = data.with_name("all_sp")
    assert [u for u in read_data_dir(dest) if u.original is None] == read_data_dir(data)
    found = {}
    for copy in copies_in(dest).values():
        samples = read_audio(copy.audio, 16000, False, copy.start, copy.end, copy.channel)
        assert len(samples) == soundfile.info(copy.audio).frames == np.ceil(8000 / 0.9)
        found[copy.id] = np.argmax(np.abs(np.fft.rfft(samples))) * 16000 / len(samples)
    assert found == pytest.approx(
        {"sp0.9-a-0": 270, "sp0.9-b-1": 810, "sp0.9-c-1": 450, "sp0.9-d-0": 630}, abs=2
    )


def test_what_the_counts_say_of_the_corpus_stays_said(small_data_dir, capsys):
    utterances = read_data_dir(small_data_dir)
    loud = np.sign(np.sin(np.arange(8000) / 9)) * 0.99
    soundfile.write(utterances[0].audio, loud, 16000)
    corpus = ParsedCorpus(utterances, notes=["half missing"], name="Mine", elicitation="acted")
    write_data_dir(small_data_dir, corpus)
    main(arguments(small_data_dir))
    counts = json.loads((small_data_dir.with_name("all_sp") / "counts.json").read_text())
    assert (counts["corpus"], counts["elicitation"]) == ("Mine", "acted")
    assert counts["notes"][:2] == [
        "half missing",
        "copies sp0.9, sp1.1 of 8 of 8 utterances, to train on",
    ]
    assert counts["notes"][2].startswith("clipped at full scale: ")
    assert counts["notes"][2].endswith(" samples in 2 of 16 copies")
    assert counts["dropped"] == {}
    assert counts["notes"][2] in capsys.readouterr().out


def test_a_second_run_does_nothing_until_an_input_changes(small_data_dir, capsys):
    dest = small_data_dir.with_name("all_sp")

    def is_done_again(*options, **names):
        capsys.readouterr()
        main(arguments(small_data_dir, *options, **names))
        return "up to date" not in capsys.readouterr().out

    assert is_done_again()
    assert not is_done_again("--nj", "2", factors="1.10, .9")  # how, not what
    assert is_done_again(factors="0.8")
    os.utime(read_data_dir(small_data_dir)[0].audio, (1, 1))
    assert is_done_again(factors="0.8")
    assert not is_done_again(factors="0.8")

    # Another run may have replaced the audio, or the data directory.
    assert is_done_again(factors="1.2", dest="other")
    assert is_done_again(factors="0.8")
    assert is_done_again(factors="0.8", audio="other speed")
    assert is_done_again(factors="0.8")
    assert {utt.audio.parent.name for utt in copies_in(dest).values()} == {"speed"}


def test_nothing_to_do_does_not_load_torch(small_data_dir):
    main(arguments(small_data_dir))
    script = (
        "import sys; from sentemo.bin.add_copies import main; main(sys.argv[1:]);"
        "assert 'torch' not in sys.modules"
    )
    run = subprocess.run(
        [sys.executable, "-c", script, *arguments(small_data_dir)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.endswith("all_sp: up to date\n")


@pytest.mark.parametrize(
    ("factors", "message"),
    [
        ("1.0", "the originals are in the data anyway"),
        ("0.9,1", "the originals are in the data anyway"),
        ("0.9,0.90", "0.90 is there twice"),
        ("0.4", "0.4 is not from 0.5 to 2"),
        ("0.9,2.01", "2.01 is not from 0.5 to 2"),
        ("-0.9", "-0.9 is not from 0.5 to 2"),
        ("0", "0 is not from 0.5 to 2"),
        ("nan", "nan is not from 0.5 to 2"),
        ("1e999", "1e999 is not from 0.5 to 2"),
        ("0.9;1.1", "'0.9;1.1' is not a number; try 0.9,1.1"),
        ("0.9,", "'' is not a number"),
        ("", "'' is not a number"),
        ("0.999", "0.999 has more than 2 decimals"),
    ],
)
def test_bad_factors_are_explained(small_data_dir, capsys, factors, message):
    with pytest.raises(SystemExit) as stop:
        main(arguments(small_data_dir, factors=factors))
    assert stop.value.code == 2
    assert message in capsys.readouterr().err


def test_the_source_is_never_replaced_nor_copied_twice(small_data_dir):
    with pytest.raises(SentemoError, match="is the source itself"):
        main(arguments(small_data_dir, dest="../my data/all"))
    with pytest.raises(SentemoError, match="not an earlier output"):
        main(arguments(small_data_dir, audio="all"))
    main(arguments(small_data_dir))
    with pytest.raises(SentemoError, match="has 16 copies already"):
        main(arguments(small_data_dir.with_name("all_sp"), dest="all_sp_sp"))
    assert len(read_data_dir(small_data_dir)) == 8


def command(data):
    return [sys.executable, "-m", "sentemo.bin.add_copies", *arguments(data)]


def test_a_full_disk_is_one_message_and_leaves_nothing(small_data_dir):
    def allow_small_files():
        resource.setrlimit(resource.RLIMIT_FSIZE, (8000, 8000))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # writing fails, as it does on a full disk

    run = subprocess.run(
        command(small_data_dir),
        preexec_fn=allow_small_files,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 1
    assert "error: " in run.stderr
    assert "File too large" in run.stderr
    assert "Traceback" not in run.stderr
    assert [path.name for path in small_data_dir.parent.iterdir()] == ["all"]


def test_a_killed_run_leaves_nothing_that_looks_finished(small_data_dir):
    work = small_data_dir.parent
    with subprocess.Popen(command(small_data_dir), stderr=subprocess.PIPE, text=True) as run:
        assert "copies" in run.stderr.read(8)  # the progress bar: it has begun
        run.kill()
        run.stderr.read()  # ends only when the workers, who share it, have ended too
    assert not (work / "speed").exists()
    assert not (work / "all_sp").exists()
    main(arguments(small_data_dir))
    assert len(copies_in(work / "all_sp")) == 16
    assert sorted(path.name for path in work.iterdir()) == ["all", "all_sp", "speed"]


def test_a_run_killed_between_its_two_outputs_is_done_again(small_data_dir, capsys, monkeypatch):
    def killed(*_):
        raise KeyboardInterrupt

    main(arguments(small_data_dir, factors="0.9"))
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(copying, "write_data_dir", killed)
        main(arguments(small_data_dir, factors="1.1"))
    capsys.readouterr()
    main(arguments(small_data_dir, factors="0.9"))
    assert "up to date" not in capsys.readouterr().out
    copies = copies_in(small_data_dir.with_name("all_sp")).values()
    assert len(copies) == 8
    assert all(utt.audio.is_file() for utt in copies)
