"""ASR on a small fold, and its encoder taken over for emotion recognition."""

import re
from dataclasses import replace

import kaldiio
import numpy as np
import pytest
import torch
import yaml
from espnet2.bin.asr_inference import Speech2Text

from sentemo.core import checkpoint
from sentemo.core.errors import SentemoError
from sentemo.core.logs import TRAIN_LOG
from sentemo.core.markers import TRAINED_MARKER
from sentemo.data.kaldi import Utterance
from sentemo.data.tokens import bpe_tokens
from sentemo.folds.separate import predict_side, train_on_fold
from sentemo.recognition.held_out import decode_test, recogniser_of
from sentemo.recognition.training import LEFT_OUT_FILE, ASRTraining, train_asr, transcripts
from sentemo.tasks.asr import ASRTask
from sentemo.tasks.ser import SERTask
from sentemo.training.evaluation import evaluate_files
from sentemo.upstreams import Upstream

CTC = {
    "model": "ctc",
    "ctc_conf": {},
    "decoder": None,
    "decoder_conf": {},
    "model_conf": {"ctc_weight": 1.0},
    "best_model_criterion": [["valid", "cer", "min"]],
    "early_stopping_criterion": ["valid", "cer", "min"],
}
SPOKEN = ["AB BA", "BA AB", "A BAB", "BB A", "A A B", "BAB A"]
# The encoder's configuration comes from the ASR checkpoint.
REUSED = {
    **dict.fromkeys(("normalize", "preencoder", "encoder")),
    "preencoder_conf": {},
    "encoder_conf": {},
    "model_conf": {"freeze_encoder": True},
}


def train(job, **options):
    """Train, and say which notes that gives."""
    arguments = (job.config, job.utterances, job.fold, job.features, job.exp, job.settings)
    notes = train_asr(ASRTraining(*arguments, **options))
    (job.exp / TRAINED_MARKER).write_text("{}")
    return notes


def decode(job, beam_size=1):
    recogniser = recogniser_of(Upstream(job.exp), job.features)
    return decode_test(recogniser, job.utterances, job.fold, beam_size=beam_size)


def side(job, name):
    return {utt.id for utt in job.utterances if utt.speaker in getattr(job.fold, name)}


def history(job):
    stats = checkpoint.load_checkpoint(job.exp)["reporter"]["stats"]
    return {e: [stats[e]["valid"][name] for name in ASRTask.metrics] for e in sorted(stats)}


@pytest.fixture
def asr_exp(make_job):
    """A trained CTC experiment, and the job that described it."""
    job = make_job("asr", **CTC | {"max_epoch": 2})
    train(job)
    return job


@pytest.fixture
def make_spoken(features, make_job, tmp_path):
    """A job on features that say their texts: six frames of each letter, then three of none."""
    draw = np.random.default_rng(0)
    utterances = [replace(u, text=t) for u, t in zip(features[1], SPOKEN * 3, strict=True)]
    matrices = {}
    for utt in utterances:
        rows = np.repeat(np.eye(8)[["AB ".index(letter) for letter in utt.text]], 9, axis=0)
        rows[np.arange(len(rows)) % 9 >= 6] = 0.0
        matrices[utt.id] = (rows + draw.normal(scale=0.05, size=rows.shape)).astype(np.float32)
    folder = tmp_path / "spoken"
    folder.mkdir()

    def make(name, lengths=None, **changes):
        """Cut utterances, by their ids, to so many frames."""
        cut = {utt: matrix[: (lengths or {}).get(utt)] for utt, matrix in matrices.items()}
        scp = folder / "feats.scp"
        kaldiio.save_ark(str(folder / "feats.ark"), cut, scp=str(scp))
        spoken = replace(
            features[0],
            scp=dict(line.split(" ", 1) for line in scp.read_text().splitlines()),
            num_frames={utt: len(matrix) for utt, matrix in cut.items()},
        )
        job = make_job(name, utterances=utterances, **CTC | changes)
        return replace(job, features=spoken)

    return make


def test_transcripts_that_the_tokens_cannot_spell_are_named(tmp_path):
    def utterance(name, text):
        return Utterance(name, "a", tmp_path / "none.wav", None, text)

    utterances = [utterance("good", "AB"), utterance("bad", "Ä B"), utterance("none", None)]
    with pytest.raises(SentemoError, match=r"(?s)outside.*bad: 'Ä'") as error:
        transcripts(utterances, ["<blank>", "A", "B", "<space>"])
    assert "none" in str(error.value)
    assert "good" not in str(error.value)


def test_a_wrong_transcript_of_the_test_side_shows_before_training(make_job, features):
    utterances = [replace(utt, text="AB ÄÖ") if utt.speaker in "a" else utt for utt in features[1]]
    job = make_job("asr", utterances=utterances, **CTC)
    assert job.fold.test == ("a",)
    arguments = (job.config, job.utterances, job.fold, job.features, job.exp, {"seed": 1})
    with pytest.raises(SentemoError, match="outside the token list: 6"):
        train_asr(ASRTraining(*arguments))
    assert not (job.exp / "config.yaml").exists()


def test_training_and_decoding_leave_transcripts_of_the_test_side(asr_exp):
    decoded = decode(asr_exp)
    test = side(asr_exp, "test")
    assert decoded.references == dict.fromkeys(test, "AB BA")
    assert decoded.hypotheses.keys() == test
    assert decoded.hours * 360000 == sum(asr_exp.features.num_frames[utt] for utt in test)


def test_what_was_learnt_is_recognised_by_any_search_and_by_espnets_own_command(make_spoken):
    encoder = {"encoder_conf": {"num_layers": 1, "units": 12}, "specaug": None, "specaug_conf": {}}
    job = make_spoken("recogniser", max_epoch=25, **encoder)
    train(job)
    greedy, beam = decode(job), decode(job, beam_size=3)
    assert greedy.hypotheses == beam.hypotheses == greedy.references
    assert (greedy.decoding, beam.decoding) == ("greedy CTC", "CTC, beam 3")

    files = str(job.exp / "config.yaml"), str(Upstream(job.exp).weights_file)
    espnet = Speech2Text(*files, ctc_weight=1.0, beam_size=3)
    for utt, text in greedy.hypotheses.items():
        speech = torch.from_numpy(kaldiio.load_mat(job.features.scp[utt]).copy())
        assert espnet(speech)[0][0] == text


def test_byte_pairs_come_from_the_training_side_and_spell_the_others(make_spoken, tmp_path):
    job = make_spoken("bpe", max_epoch=1)
    train(job, token_type="bpe", bpe_size=5)
    config = yaml.safe_load((job.exp / "config.yaml").read_text())
    spoken = [utt.text for utt in job.utterances if utt.id in side(job, "train")]
    assert config["token_list"] == bpe_tokens(spoken, 5, tmp_path / "same.model")
    test = job.exp / "split" / "test"
    files = [(str(test / "feats.scp"), "speech", "kaldi_ark"), (str(test / "text"), "text", "text")]
    records = evaluate_files(ASRTask, job.exp, Upstream(job.exp).weights_file, files, ngpu=0)
    assert {utt: record["reference"] for utt, record in records.items()} == decode(job).references


def test_a_configuration_may_ask_for_byte_pairs_and_characters_have_no_size(make_spoken):
    train(make_spoken("bpe", token_type="bpe", max_epoch=1), bpe_size=4)
    assert (make_spoken("bpe").exp / "bpe.model").is_file()
    with pytest.raises(SentemoError, match="--bpe_size is for --token_type bpe"):
        train(make_spoken("char"), bpe_size=4)


def test_training_utterances_too_short_for_their_text_are_left_out_counted_and_listed(make_spoken):
    job = make_spoken("short", {"c-1": 12, "c-3": 3, "b-0": 3, "a-0": 3}, max_epoch=1)
    notes = train(job)
    assert notes == ["2 of 6 training utterances left out as too short for the model"]
    assert (job.exp / LEFT_OUT_FILE).read_text() == (
        "item\treason\n"
        "c-1\ttoo short for its text: 4 of 5 encoder states\n"
        "c-3\ttoo short for its text: 1 of 5 encoder states\n"
    )
    trained_on = (job.exp / "split" / "train" / "text").read_text().split()
    assert {"c-0", "c-2"} <= set(trained_on)
    assert not {"c-1", "c-3"} & set(trained_on)
    # Those to be recognised are kept: b-0 was validated, a-0 is decoded.
    assert np.isfinite(history(job)[1]).all()
    assert decode(job).hypotheses.keys() == side(job, "test")


TRANSFORMER = {
    "preencoder": None,
    "preencoder_conf": {},
    "encoder": "transformer",
    "encoder_conf": {"output_size": 4, "attention_heads": 1, "linear_units": 4, "num_blocks": 1},
}


def test_what_an_encoder_cannot_hear_is_left_out_of_training_and_refused_elsewhere(make_spoken):
    notes = train(make_spoken("trains", {"c-1": 5}, max_epoch=1, **TRANSFORMER))
    assert notes == ["1 of 6 training utterances left out as too short for the model"]
    for utt in ("b-2", "a-2"):
        job = make_spoken("refused", {utt: 5}, **TRANSFORMER)
        with pytest.raises(SentemoError, match=rf"too short for the encoder: 1\s+{utt}: 5 frames"):
            train(job)
        assert not (job.exp / "config.yaml").exists()


def test_features_of_another_type_than_the_configurations_are_refused(make_spoken):
    with pytest.raises(SentemoError, match=r"is for fbank40 features, those of .* are fbank8"):
        train(make_spoken("other", feature_type="fbank40"))


def test_a_test_utterance_that_is_not_finite_is_named(make_spoken):
    job = make_spoken("heard", max_epoch=1)
    train(job)
    matrices = {utt: kaldiio.load_mat(where).copy() for utt, where in job.features.scp.items()}
    matrices["a-2"][0, 0] = np.nan
    scp = job.exp / "broken.scp"
    kaldiio.save_ark(str(job.exp / "broken.ark"), matrices, scp=str(scp))
    broken = dict(line.split(" ", 1) for line in scp.read_text().splitlines())
    with pytest.raises(SentemoError, match="not finite: a-2"):
        decode(replace(job, features=replace(job.features, scp=broken)))


def test_a_broken_utterance_is_named_and_the_others_are_trained_on(make_spoken):
    job = make_spoken("broken", max_epoch=2)
    matrices = {utt: kaldiio.load_mat(where).copy() for utt, where in job.features.scp.items()}
    matrices["c-4"][0, 0] = np.nan
    folder = job.features.path.with_name("spoken")
    kaldiio.save_ark(str(folder / "feats.ark"), matrices, scp=str(folder / "feats.scp"))
    train(job)
    log = (job.exp / TRAIN_LOG).read_text()
    assert re.search(r"epoch 2, batch \d: .* loss is nan: .* not finite in c-4\n", log)
    assert not re.search("not finite in .*c-[01235]", log)


def test_batches_of_similar_lengths_have_little_padding_and_the_log_says_so(make_spoken):
    lengths = {"c-0": 45, "c-1": 20, "c-2": 35, "c-3": 30, "c-4": 25, "c-5": 40}
    job = make_spoken("batches", lengths, max_epoch=1, batch_type="numel", batch_bins=350)
    train(job)
    # Of 2 x 25, 2 x 35 and 2 x 45 frames, 5 each.
    assert "padding: 7.1% of the frames of training batches" in (job.exp / TRAIN_LOG).read_text()


# Three batches of two utterances, of which an epoch has two.
SUB_EPOCHS = {
    "batch_type": "numel",
    "batch_bins": 600,
    "num_iters_per_epoch": 2,
    "keep_nbest_models": 1,
}


def test_going_on_after_a_sub_epoch_equals_training_without_a_break(make_spoken):
    whole = make_spoken("whole", max_epoch=5, **SUB_EPOCHS)
    train(whole)
    broken = make_spoken("broken", max_epoch=2, **SUB_EPOCHS)
    train(broken)
    broken = make_spoken("broken", max_epoch=5, **SUB_EPOCHS)
    train(broken)
    assert history(broken) == history(whole)
    weights = [checkpoint.load_weights(Upstream(job.exp).weights_file) for job in (whole, broken)]
    assert all(torch.equal(weights[0][name], weights[1][name]) for name in weights[0])


def test_patience_counts_sub_epochs(make_spoken):
    job = make_spoken("patience", max_epoch=30, patience=2, optim_conf={"lr": 0.0}, **SUB_EPOCHS)
    train(job)
    assert max(history(job)) == 4  # the best, and then more than two that are no better


def test_the_encoder_is_taken_over_with_statistics_and_stays_as_it_is(asr_exp, make_job):
    job = make_job(
        "ser",
        {"asr_model": str(asr_exp.exp)},
        **REUSED,
    )
    train_on_fold(job)
    asr, _ = ASRTask.build_model_from_file(str(asr_exp.exp / "config.yaml"))
    asr.load_state_dict(checkpoint.load_weights(Upstream(asr_exp.exp).weights_file))
    ser, args = SERTask.build_model_from_file(
        str(job.exp / "config.yaml"), str(job.exp / "valid.loss.best.pth")
    )
    assert args.asr_model is None
    assert args.inherited_from == str(asr_exp.exp)
    speech, lengths = torch.randn(2, 30, 8), torch.tensor([30, 11])
    theirs, _ = asr.eval().encode(speech, lengths)
    ours, _ = ser.eval().encode(speech, lengths)
    assert torch.equal(ours, theirs)


def test_the_experiment_needs_the_asr_experiment_no_more(asr_exp, make_job):
    job = make_job("ser", {"asr_model": str(asr_exp.exp)}, **REUSED)
    train_on_fold(job)
    asr_exp.exp.rename(asr_exp.exp.with_name("moved"))
    assert len(predict_side(job, "test")) == 6


def test_other_features_are_refused(asr_exp, make_job):
    config = asr_exp.exp / "config.yaml"
    loaded = yaml.safe_load(config.read_text())
    config.write_text(yaml.safe_dump({**loaded, "feature_type": "fbank40"}))
    with pytest.raises(SentemoError, match=r"trained on fbank40 features, these are fbank8"):
        train_on_fold(make_job("ser", {"asr_model": str(asr_exp.exp)}, **REUSED))


def test_weights_that_do_not_fit_are_listed(asr_exp, make_job):
    file = Upstream(asr_exp.exp).weights_file
    weights = checkpoint.load_weights(file)
    weights["encoder.extra"] = weights.pop("encoder.blstm.forward_layers.0.bias_ih_l0")
    weights["normalize.mean"] = torch.zeros(3)
    checkpoint.save(weights, file)
    with pytest.raises(SentemoError) as error:
        train_on_fold(make_job("ser", {"asr_model": str(asr_exp.exp)}, **REUSED))
    for wrong in (
        "missing: encoder.blstm.forward_layers.0.bias_ih_l0",
        "unexpected: encoder.extra",
        "shape: normalize.mean is (3,), should be (8,)",
    ):
        assert wrong in str(error.value)


def test_weights_that_hold_code_are_refused(tmp_path):
    torch.save({"encoder": np.random.default_rng}, tmp_path / "bomb.pth")
    with pytest.raises(SentemoError, match=r"bomb\.pth: not a readable weights file"):
        checkpoint.load_weights(tmp_path / "bomb.pth")


def test_a_folder_that_is_no_experiment_is_refused(tmp_path):
    with pytest.raises(SentemoError, match=r"no config\.yaml in it"):
        Upstream(tmp_path)


def test_an_unfinished_training_is_no_source_of_an_encoder(asr_exp):
    (asr_exp.exp / TRAINED_MARKER).unlink()
    with pytest.raises(SentemoError, match="training is not finished"):
        Upstream(asr_exp.exp).weights_file  # noqa: B018


def test_an_encoder_has_one_source(asr_exp, make_job):
    with pytest.raises(SentemoError, match="names normalize, preencoder, encoder, pre"):
        train_on_fold(make_job("both", {"asr_model": str(asr_exp.exp)}))
    for own in ({"encoder_conf": {"dropout": 0.9}}, {"init_param": ["other.pth:encoder"]}):
        (name,) = own
        with pytest.raises(
            SentemoError, match=rf"names {name}, which come|no encoder that this configures"
        ):
            train_on_fold(make_job(name, {"asr_model": str(asr_exp.exp)}, **{**REUSED, **own}))
    with pytest.raises(SentemoError, match="write huggingface_ssl"):
        train_on_fold(make_job("theirs", frontend="huggingface"))
    with pytest.raises(SentemoError, match="names no encoder"):
        train_on_fold(make_job("none", **REUSED))
    with pytest.raises(SentemoError, match=r"freeze_encoder: true needs --upstream"):
        train_on_fold(make_job("random", model_conf={"freeze_encoder": True}))
