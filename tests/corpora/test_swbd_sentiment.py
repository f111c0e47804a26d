import pytest
from swbd_release import (
    A_LABEL,
    NEUTRAL,
    add_audio,
    add_side,
    make_release,
    parse,
    the_error_of,
    write_callers,
    write_labels,
)

from sentemo.core.errors import SentemoError
from sentemo.corpora.release import OTHER_NAME
from sentemo.corpora.swbd_conversations import NO_AUDIO, NO_TRANSCRIPT, UNKNOWN_CALLER
from sentemo.corpora.swbd_sentiment import find_sources, parse_swbd_sentiment
from sentemo.data.word_times import Word


@pytest.fixture
def release(tmp_path):
    return make_release(tmp_path / "my corpora")


def test_a_label_becomes_an_utterance_of_the_side_that_speaks(release):
    corpus = parse(release)
    (utt,) = corpus.utterances
    assert (utt.id, utt.speaker, utt.label) == ("sw1020-sw02005_0", "sw1020", "neutral")
    assert (utt.recording, utt.channel, utt.start, utt.end) == ("sw02005-A", 0, 0.5, 2.5)
    assert utt.audio == release / "LDC97S62/swb1_d1/data/sw02005.sph"
    assert utt.text == "i yes okay"
    assert corpus.tables["text_tagged"] == {utt.id: "i- [laughter-yes] okay_1"}
    assert corpus.tables["utt2votes"] == {utt.id: "neutral neutral positive"}
    assert corpus.agreement == {utt.id: pytest.approx(2 / 3)}
    assert (corpus.name, corpus.elicitation) == ("SWBD-sentiment", "conversation")
    assert corpus.dropped == {}


def test_side_b_is_the_second_channel(release):
    write_labels(release, ("sw02005_1", "2.5", "4", NEUTRAL))
    (utt,) = parse(release).utterances
    assert (utt.id, utt.recording, utt.channel) == ("sw1033-sw02005_1", "sw02005-B", 1)
    assert utt.text == "oh"


def test_a_segment_without_words_has_no_text_but_its_tags(release):
    add_side(release, "B", [(2.5, 4, "[laughter]")])
    write_labels(release, ("sw02005_1", "2.5", "4", NEUTRAL))
    corpus = parse(release)
    assert corpus.utterances[0].text is None
    assert corpus.tables["text_tagged"] == {"sw1033-sw02005_1": "[laughter]"}


def test_words_have_times_from_the_start_of_the_utterance_and_within_it(release):
    words = [
        *((1, 0, 0.5, "[silence]"), (2, 0.5, 1.0, "i-"), (2, 1.0, 1.5, "[silence]")),
        *((2, 1.5, 2.0, "[noise]"), (2, 2.0, 2.25, "[laughter]"), (2, 2.25, 2.5, "okay_1")),
    ]
    add_side(release, "A", [(0, 0.5, "[silence]"), (0.5, 2.5, "i- okay_1")], words)
    write_labels(release, ("sw02005_0", "0.53", "2.47", NEUTRAL))
    (words,) = parse(release).words.values()
    assert [word.text for word in words] == ["i", "[laughter]", "okay"]
    assert words[0] == Word(0, pytest.approx(0.47), "i")
    assert (words[2].start, words[2].duration) == pytest.approx((1.72, 0.22))


def test_utterances_without_times_of_words_are_counted(release):
    write_labels(release, A_LABEL, ("sw02006_0", "0", "3", NEUTRAL))
    assert "utterances without times of words: 1" in parse(release).notes


def test_what_a_split_leaves_out_leaves_every_table(release):
    write_labels(
        release,
        *[A_LABEL, ("sw02005_1", "2.5", "4", NEUTRAL)],
        *[("sw02006_0", "0", "3", NEUTRAL), ("sw02006_1", "3", "5", NEUTRAL)],
    )
    corpus = parse(release, split="speaker")
    ids = {utt.id for utt in corpus.utterances}
    assert 0 < len(ids) < 4
    assert corpus.tables["utt2votes"].keys() == corpus.tables["text_tagged"].keys() == ids
    assert corpus.agreement.keys() == ids
    assert corpus.words.keys() <= ids


# --- Files and folders


@pytest.mark.parametrize("depth", [0, 1, 2, 3])
def test_the_labels_are_found_in_every_folder_above_them(release, depth):
    folder = [release, release / "LDC2020T14", *[release / "LDC2020T14"] * 2][depth]
    folder = (
        folder
        / ["", "", "speech_sentiment_annotations", "speech_sentiment_annotations/data"][depth]
    )
    swbd = release / "LDC97S62"
    assert len(parse_swbd_sentiment(swbd, folder, allow_partial=True).utterances) == 1
    assert find_sources(swbd, folder) == [swbd, folder]


def test_one_folder_may_hold_everything(release):
    assert parse_swbd_sentiment(release, release, allow_partial=True) == parse(release)


def test_discs_may_be_links(release, tmp_path):
    disc = release / "LDC97S62/swb1_d1"
    disc.rename(tmp_path / "elsewhere")
    disc.symlink_to(tmp_path / "elsewhere")
    (release / "LDC97S62/swb1_d2/up").symlink_to(release / "LDC97S62")
    assert parse(release).utterances[0].audio == disc / "data/sw02005.sph"


def test_a_wrong_folder_says_what_was_expected_and_found(release, tmp_path):
    labels = release / "LDC2020T14"
    with pytest.raises(SentemoError, match=r"gone: no such directory; correct --swbd_dir"):
        find_sources(tmp_path / "gone", labels)
    with pytest.raises(SentemoError, match=r"gone: no such directory; correct --sentiment_dir"):
        find_sources(release / "LDC97S62", tmp_path / "gone")
    with pytest.raises(SentemoError, match=r"sw2001A-ms98-a-trans.text .* found speech_sentiment"):
        find_sources(labels, labels)
    with pytest.raises(SentemoError, match=r"LDC2020T14.* found docs, swb1_d1, swb1_d2, swb_ms98"):
        find_sources(release / "LDC97S62", release / "LDC97S62")
    for file in (release / "LDC97S62").rglob("*.sph"):
        file.unlink()
    (release / "LDC97S62/swb1_d2/data/sw02006.SPH").unlink()
    with pytest.raises(SentemoError, match=r"no audio of Switchboard. Expected .* sw02001.sph"):
        find_sources(release / "LDC97S62", labels)


def test_names_may_be_in_upper_case(release):
    before = parse(release)
    for file in [*release.rglob("sw*.*"), *release.rglob("call*")]:
        file.rename(file.with_name(file.name.upper()))
    after = parse(release)
    assert [utt.id for utt in after.utterances] == [utt.id for utt in before.utterances]
    assert after.words == before.words
    assert after.utterances[0].audio.name == "SW02005.SPH"


def test_a_wav_file_beside_the_original_is_preferred(release):
    for folder, name in (("swb1_d1/data", "sw02005.wav"), ("mixes", "sw02006.wav")):
        add_audio(release / "LDC97S62" / folder, name)
    write_labels(release, A_LABEL, ("sw02006_0", "0", "3", NEUTRAL))
    names = {utt.audio.name for utt in parse(release).utterances}
    assert names == {"sw02005.wav", "sw02006.SPH"}


def test_compressed_audio_is_refused_with_the_command_that_converts_it(release):
    data = release / "LDC97S62/swb1_d1/data"
    add_audio(data, coding="ulaw,embedded-shorten-v2.00")
    add_audio(data, "sw02007.sph", coding="pcm,embedded-shorten-v2.00")  # not needed
    message = the_error_of(release)
    assert "compressed audio: 1" in message
    assert "sw02005.sph: ulaw,embedded-shorten-v2.00" in message
    assert "sph2pipe -f wav" in message
    add_audio(data, "sw02005.wav", coding="pcm")
    assert len(parse(release).utterances) == 1


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [("**/sw02006.SPH", NO_AUDIO), ("**/sw2006B*-trans.text", NO_TRANSCRIPT)],
)
def test_missing_files_are_refused_or_counted(release, pattern, reason):
    write_labels(release, A_LABEL, *[(f"sw02006_{n}", "0", "3", NEUTRAL) for n in range(3)])
    for file in (release / "LDC97S62").glob(pattern):
        file.unlink()
    corpus = parse(release)
    assert corpus.dropped == {reason: ["sw02006_0", "sw02006_1", "sw02006_2"]}
    assert "labels without audio or transcripts: 3" in corpus.notes


def test_mac_files_are_dropped_and_counted(release):
    for name in ("swb1_d1/data/._sw02005.sph", "docs/._call_con_tab.csv"):
        (release / "LDC97S62" / name).write_bytes(b"\x00\x05\x16\x07")
    assert parse(release).dropped == {
        "macOS resource file": ["._call_con_tab.csv", "._sw02005.sph"],
    }


def test_audio_that_somebody_put_there_is_left_out_and_counted(release):
    (release / "LDC97S62/swb1_d1/data/sw02005 (copy).sph").write_text("no audio")
    (release / "LDC97S62/jingle.wav").touch()
    assert sorted(parse(release).dropped[OTHER_NAME]) == ["jingle.wav", "sw02005 (copy).sph"]


def test_no_label_that_fits_is_an_error(release):
    write_labels(release, ("sw02005_0", "1", "2", NEUTRAL))
    assert "no label matches" in the_error_of(release)


# --- Callers


def test_without_callers_speakers_are_unknown_and_a_split_by_speaker_refused(release):
    (release / "LDC97S62/docs/call_con_tab.csv").unlink()
    corpus = parse(release)
    assert corpus.utterances[0].id == "Unknown-sw02005_0"
    assert corpus.utterances[0].speaker == "Unknown"
    assert any("callers are unknown" in note for note in corpus.notes)
    message = the_error_of(release, split="speaker")
    assert "call_con_tab.csv" in message
    assert "catalogue page of LDC97S62" in message


def test_callers_who_are_not_listed_are_counted_and_not_split(release):
    write_callers(release, '2006, "A", 1033', '2006, "B", 1107')
    write_labels(release, A_LABEL, ("sw02006_0", "0", "3", NEUTRAL))
    corpus = parse(release)
    assert {utt.speaker for utt in corpus.utterances} == {"Unknown", "sw1033"}
    assert "utterances of callers who are not in call_con_tab.csv: 1" in corpus.notes
    assert parse(release, split="speaker").dropped == {UNKNOWN_CALLER: ["Unknown-sw02005_0"]}


def test_malformed_and_contradicting_callers_are_named(release):
    write_callers(release, '2005, "A", 1020', '2005, "C", 1020', '2005, "A", 1021', '2005, "A"')
    message = the_error_of(release, allow_partial=False)
    assert "malformed caller line: 2" in message
    assert "call_con_tab.csv:2: " in message
    assert "two callers on one side: 1" in message
    assert "call_con_tab.csv:3: sw02005-A: sw1020, sw1021" in message
