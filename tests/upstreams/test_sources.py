"""Which files an `--upstream` means, and what is refused before anything is built."""

import os
import pickle
import stat
import subprocess
import sys
import zipfile

import pytest
import torch
import yaml

from sentemo.bin.upstream import main
from sentemo.core.archive import unpack
from sentemo.core.errors import SentemoError
from sentemo.upstreams import Upstream, model_name
from sentemo.upstreams.weights import best_of_espnet, read_weights

CONFIG = {
    "input_size": None,
    "frontend": "default",
    "frontend_conf": {"fs": "16k"},
    "normalize": None,
    "encoder": "conformer",
    "decoder": "transformer",
    "model_conf": {"ctc_weight": 0.3},
}
META = {
    "yaml_files": {"asr_train_config": "exp/asr/config.yaml"},
    "files": {"asr_model_file": "exp/asr/valid.acc.ave_10best.pth"},
}


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "sentemo" / "asr_models"


@pytest.fixture
def experiment(tmp_path):
    """An experiment directory with these files, and with this added to its configuration."""

    def make(*files, **changes):
        folder = tmp_path / "exp" / "asr"
        folder.mkdir(parents=True)
        (folder / "config.yaml").write_text(yaml.safe_dump({**CONFIG, **changes}))
        for name in files:
            (folder / name).write_bytes(name.encode())
        return folder

    return make


@pytest.fixture
def pack(tmp_path):
    """A zip of ESPnet's layout, with members added or changed."""

    def make(members=None, meta=META):
        contents = {
            "meta.yaml": yaml.safe_dump(meta),
            "exp/asr/config.yaml": yaml.safe_dump(CONFIG),
            "exp/asr/valid.acc.ave_10best.pth": "weights",
            **(members or {}),
        }
        path = tmp_path / "packed.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in contents.items():
                archive.writestr(name, content)
        return path

    return make


@pytest.mark.parametrize(
    ("files", "chosen"),
    [
        (["valid.acc.best.pth", "valid.acc.ave.pth", "3epoch.pth"], "valid.acc.ave.pth"),
        (["valid.acc.ave_5best.pth", "valid.acc.best.pth"], "valid.acc.ave_5best.pth"),
        (["valid.loss.best.pth", "train.loss.best.pth", "checkpoint.pth"], "valid.loss.best.pth"),
        # ESPnet's recipes decode with the attention decoder's accuracy.
        (["valid.acc.ave.pth", "valid.loss.ave.pth"], "valid.acc.ave.pth"),
        (["model.pth", "checkpoint.pth"], "model.pth"),
    ],
)
def test_the_best_weights_of_a_directory_are_those_that_espnet_decodes_with(
    files, chosen, experiment
):
    assert Upstream(experiment(*files)).weights_file.name == chosen


def test_accuracy_chooses_no_model_without_an_attention_decoder(experiment):
    folder = experiment("valid.acc.ave.pth", "valid.loss.ave.pth", decoder="transducer")
    assert Upstream(folder).weights_file.name == "valid.loss.ave.pth"
    pure_ctc = {**CONFIG, "model_conf": {"ctc_weight": 1.0}}
    assert best_of_espnet(folder, pure_ctc).name == "valid.loss.ave.pth"


def test_the_first_criterion_of_the_configuration_chooses_else(experiment):
    criteria = [["valid", "cer_ctc", "min"], ["valid", "loss", "min"]]
    changes = {"decoder": None, "best_model_criterion": criteria}
    folder = experiment("valid.cer_ctc.ave.pth", "valid.loss.ave.pth", **changes)
    assert Upstream(folder).weights_file.name == "valid.cer_ctc.ave.pth"
    (folder / "valid.cer_ctc.ave.pth").unlink()
    (folder / "valid.cer_ctc.ave.pth").symlink_to("deleted.pth")
    assert Upstream(folder).weights_file.name == "valid.loss.ave.pth"


def test_where_several_weights_could_be_meant_the_file_itself_is_named(experiment):
    folder = experiment("1epoch.pth", "2epoch.pth")
    with pytest.raises(
        SentemoError, match=r"1epoch\.pth, 2epoch\.pth. Name one, such as .*/1epoch\.pth"
    ):
        Upstream(folder).weights_file  # noqa: B018
    assert Upstream(folder / "2epoch.pth").weights_file == folder / "2epoch.pth"
    (folder / "1epoch.pth").unlink()
    (folder / "latest.pth").symlink_to("2epoch.pth")
    assert Upstream(folder).weights_file.resolve() == folder / "2epoch.pth"


def test_a_directory_without_weights_or_configuration_says_so(experiment, tmp_path):
    with pytest.raises(SentemoError, match=r"no weights \(\*\.pth\)"):
        Upstream(experiment()).weights_file  # noqa: B018
    with pytest.raises(SentemoError, match=r"no config\.yaml"):
        Upstream(tmp_path)
    for path in (tmp_path / "none", tmp_path / "none.zip"):
        with pytest.raises(SentemoError, match="no such file or folder"):
            Upstream(path)


def test_an_archive_is_unpacked_once_into_the_cache(pack, cache):
    path = pack()
    upstream = Upstream(path)
    assert upstream.weights_file.read_text() == "weights"
    assert upstream.weights_file.is_relative_to(cache)
    upstream.weights_file.write_text("mine")
    assert Upstream(path).weights_file.read_text() == "mine"
    assert Upstream(pack({"more": "content"})).weights_file.read_text() == "weights"


def test_an_archive_may_hold_the_model_in_a_folder_and_be_named_in_capitals(pack, tmp_path):
    deeper = tmp_path / "MODEL.ZIP"
    with zipfile.ZipFile(pack()) as flat, zipfile.ZipFile(deeper, "w") as archive:
        for name in flat.namelist():
            archive.writestr(f"model/{name}", flat.read(name))
    assert Upstream(deeper).weights_file.read_text() == "weights"


def test_the_fingerprint_is_of_the_content_and_not_of_the_place(pack, tmp_path, monkeypatch):
    first = Upstream(pack()).fingerprint
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "another cache"))
    assert Upstream(pack()).fingerprint == first
    other = {"exp/asr/config.yaml": yaml.safe_dump({**CONFIG, "frontend_conf": {"fs": "8k"}})}
    assert Upstream(pack(other)).fingerprint != first


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("../librispeech/exp/asr_ctc", "asr_ctc"),
        ("exp/asr_ctc/valid.acc.best.pth", "asr_ctc_valid.acc.best"),
        ("user/model", "model"),
        ("packed.zip", "packed.zip"),
    ],
)
def test_a_model_is_named_in_results_so_that_one_can_tell_it(given, name):
    assert model_name(given) == name


def test_absolute_paths_that_the_packer_noted_are_those_inside(pack):
    meta = {kind: {role: f"/{f}" for role, f in files.items()} for kind, files in META.items()}
    assert Upstream(pack(meta=meta)).weights_file.read_text() == "weights"


@pytest.mark.parametrize("name", ["/etc/evil", "../evil", "exp/../../evil", "exp\\..\\evil"])
def test_an_archive_that_escapes_its_folder_is_refused(name, pack, cache):
    with pytest.raises(SentemoError, match="outside the archive's folder") as error:
        Upstream(pack({name: "evil"}))
    assert repr(name) in str(error.value)
    assert [path.suffix for path in cache.iterdir()] == [".lock"]


def test_a_configuration_that_points_outside_is_refused(pack):
    outside = {**META, "files": {"asr_model_file": "../../valid.acc.ave.pth"}}
    with pytest.raises(SentemoError, match="outside the packed model"):
        Upstream(pack(meta=outside))


def test_links_and_bombs_are_refused(pack):
    link = zipfile.ZipInfo("exp/link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    path = pack()
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(link, "/etc/passwd")
        archive.writestr("exp/bomb", bytes(10_000_000))
    with pytest.raises(SentemoError) as error:
        unpack(path)
    assert "neither file nor folder: 1" in str(error.value)
    assert "too large: 1" in str(error.value)


@pytest.mark.parametrize("kept", [0, 100, -30])
def test_a_truncated_archive_says_so(kept, pack, cache):
    path = pack()
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(SentemoError, match=r"not a readable zip archive .*get it again"):
        Upstream(path)
    assert [found.suffix for found in cache.iterdir()] == [".lock"]


def test_a_damaged_member_leaves_nothing_behind(pack, cache):
    path = pack()
    path.write_bytes(path.read_bytes().replace(b"weights", b"weighty"))
    with pytest.raises(SentemoError, match="not a readable zip archive"):
        Upstream(path)
    assert [found.suffix for found in cache.iterdir()] == [".lock"]


def test_a_packed_model_of_another_task_is_refused(pack):
    meta = {"yaml_files": {"train_config": "a"}, "files": {"model_file": "b"}}
    with pytest.raises(SentemoError, match="names no asr_train_config, so this is not an ASR"):
        Upstream(pack(meta=meta))


@pytest.mark.parametrize("content", ["- a list", "a: !!python/object:os.system {}", "a: [", "\x00"])
def test_a_configuration_that_is_no_plain_yaml_is_refused(content, experiment):
    folder = experiment()
    (folder / "config.yaml").write_text(content)
    with pytest.raises(SentemoError, match=r"config\.yaml: not"):
        Upstream(folder)


@pytest.mark.parametrize(
    ("changes", "feature_type"),
    [
        ({}, "raw"),
        ({"frontend_conf": {}}, "raw"),
        ({"frontend_conf": {"fs": 8000}}, "raw8000"),
        ({"frontend_conf": {"fs": "8k"}}, "raw8000"),
        ({"frontend_conf": {"fs": None}, "preencoder_conf": {"fs": "8k"}}, "raw8000"),
        ({"input_size": 80, "feature_type": "fbank80", "frontend": None}, "fbank80"),
    ],
)
def test_the_feature_type_and_its_rate_follow_the_checkpoint(changes, feature_type, experiment):
    assert Upstream(experiment(**changes)).feature_type == feature_type


def test_features_that_somebody_extracted_somehow_are_refused(experiment):
    folder = experiment(input_size=83)
    with pytest.raises(SentemoError, match=r"extracted features of 83 values.*does not say how"):
        Upstream(folder).feature_type  # noqa: B018


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"frontend": "s3prl"}, "s3prl does not import with torchaudio 2.11"),
        ({"frontend": "fused"}, "the length of the longest"),
        ({"frontend": "whisper"}, "Whisper classes download"),
        ({"encoder": "whisper", "frontend": None}, "Whisper classes download"),
        ({"encoder": "transformer_multispkr"}, "states of several speakers"),
        ({"encoder": "hubert"}, "fairseq, which does not install"),
        ({"postencoder": "hugging_face_transformers"}, "downloaded whenever it is built"),
    ],
)
def test_what_cannot_run_is_refused_with_the_reason_and_an_alternative(changes, reason, experiment):
    with pytest.raises(SentemoError, match=reason) as error:
        Upstream(experiment(**changes))
    assert "a directory or a name of Hugging Face" in str(error.value)


def test_weights_that_hold_code_or_no_weights_are_refused(tmp_path):
    file = tmp_path / "weights.pth"
    torch.save({"encoder": os.system}, file)
    with pytest.raises(SentemoError, match="pickled Python objects, which could run any code"):
        read_weights(file)
    file.write_bytes(pickle.dumps({"encoder": os.system}, protocol=2))
    with pytest.raises(SentemoError, match=r"weights\.pth: "):
        read_weights(file)
    torch.save({"model": {}, "epoch": 3}, file)
    with pytest.raises(SentemoError, match="such as a training state"):
        read_weights(file)
    torch.save({"a": torch.ones(1000)}, file)
    file.write_bytes(file.read_bytes()[:2000])
    with pytest.raises(SentemoError, match=r"weights\.pth: not a readable weights file"):
        read_weights(file)


def test_what_is_not_there_is_reported_under_the_option_that_named_it():
    with pytest.raises(SentemoError, match=r"^--upstream /none: no such file or folder"):
        Upstream("/none")
    with pytest.raises(SentemoError, match=r"^--align_model /none: no such file or folder"):
        Upstream("/none", "--align_model")


def test_a_tag_needs_the_model_zoo(monkeypatch):
    for module in ("huggingface_hub", "espnet_model_zoo", "espnet_model_zoo.downloader"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(SentemoError, match="pip install espnet_model_zoo"):
        Upstream("someone/some_model")


def test_a_tag_that_was_fetched_once_needs_no_network_and_another_says_so(pack, cache):
    """With the real downloader, whose cache is laid out as the Hugging Face Hub's client does."""
    model = cache / "zoo" / "models--someone--some_model"
    (model / "refs").mkdir(parents=True)
    (model / "refs" / "main").write_text("0" * 40)
    with zipfile.ZipFile(pack()) as packed:
        packed.extractall(model / "snapshots" / ("0" * 40))
    environment = {**os.environ, "HF_HUB_OFFLINE": "1"}

    def summary(tag):
        command = [sys.executable, "-m", "sentemo.bin.upstream", "--upstream", tag]
        return subprocess.run(command, check=False, env=environment, capture_output=True, text=True)

    found = summary("someone/some_model")
    assert "encoder conformer; on raw;" in found.stdout, found.stderr
    missing = summary("someone/unheard_of")
    assert missing.returncode == 1
    assert "someone/unheard_of: no such file or folder, and the Hugging Face" in missing.stderr
    assert "Without a network, give" in missing.stderr


def test_the_summary_says_what_is_taken_over(experiment, capsys):
    folder = experiment("valid.acc.ave.pth")
    main(["--upstream", str(folder)])
    assert capsys.readouterr().out == (
        f"{folder}: frontend default, encoder conformer; on raw; weights valid.acc.ave.pth\n"
    )
