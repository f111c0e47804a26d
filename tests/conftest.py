"""Fixtures that several test files share: small audio, a small data directory, real corpora."""

import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import settings

from sentemo.data.kaldi import Utterance
from sentemo.data.preparation import ParsedCorpus, write_data_dir

# Fixtures of trainings are shared by the tests of training, folds and recognition; the table of
# hostile inputs is printed at the end.
pytest_plugins = ["small_training", "hostile.table"]

# How long an example may take says nothing on a busy machine.
settings.register_profile("sentemo", deadline=None)
settings.load_profile("sentemo")

SPEAKERS = ("a", "b", "c", "d")
LABELS = ("happy", "sad")
# Folders whose files share what takes long to make: a cluster, trainings, recipes of ESPnet.
SHARING = ("inference", "recipes", "slurm", "upstreams")
# Chromium's own microphone, which beeps, and its permission.
MICROPHONE = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
PATIENCE = 120_000  # milliseconds: what a browser takes on a busy machine says nothing of a page


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Let one of several processes take a whole file, or a folder whose files share fixtures."""
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            file = Path(nodeid.split("::")[0])
            return str(file.parent if file.parent.name in SHARING else file)

    return ByFile(config, log)


@pytest.fixture
def make_audio():
    """Write a file of reproducible noise."""

    def write(path, seconds=0.3, rate=16000, channels=1, seed=0):
        path.parent.mkdir(parents=True, exist_ok=True)
        noise = np.random.default_rng(seed).uniform(-0.3, 0.3, (round(seconds * rate), channels))
        soundfile.write(path, noise, rate)
        return path

    return write


@pytest.fixture
def small_data_dir(tmp_path, make_audio):
    """Four speakers, each with one happy and one sad utterance, in a path with a space."""
    utterances = []
    for speaker in SPEAKERS:
        for label in LABELS:
            name = f"{speaker}-{label}"
            length = 0.3 + 0.1 * len(utterances)
            audio = make_audio(tmp_path / "my audio" / f"{name}.wav", length, seed=len(utterances))
            utterances.append(Utterance(name, speaker, audio, label, f"it is {label}"))
    path = tmp_path / "my data" / "all"
    write_data_dir(path, ParsedCorpus(utterances))
    return path


@pytest.fixture
def make_classifier(tmp_path, monkeypatch):
    """Write a tiny text classifier, and keep Transformers from asking the network about it."""
    from tiny_classifier import write_classifier  # seconds, and only here

    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)

    def write(*args, folder="classifier", **options):
        return write_classifier(tmp_path / folder, *args, **options)

    return write


def _real_corpus(variable):
    if variable not in os.environ:
        pytest.skip(f"set {variable} to the corpus' folder to run this test")
    return Path(os.environ[variable])


@pytest.fixture
def real_emodb():
    return _real_corpus("EMODB")


@pytest.fixture
def real_nemo():
    return _real_corpus("NEMO")


@pytest.fixture
def real_librispeech():
    return _real_corpus("LIBRISPEECH")


@pytest.fixture
def real_speechocean762():
    return _real_corpus("SPEECHOCEAN762")


@pytest.fixture(scope="session")
def sox():
    """Run the sox program; tests/run.sh installs it, and says where it cannot."""
    if not shutil.which("sox"):
        pytest.skip("no sox program is installed")

    def run(*arguments):
        subprocess.run(["sox", *map(str, arguments)], check=True, capture_output=True)

    return run


@pytest.fixture(scope="module")
def browser():
    """A headless Chromium of this machine; tests/run.sh installs one, and says where it cannot."""
    names = ("chromium", "chromium-browser", "google-chrome")
    executable = next(filter(None, map(shutil.which, names)), None)
    if executable is None:
        pytest.skip(f"no browser: none of {', '.join(names)} is installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=executable, args=["--disable-gpu", *MICROPHONE], timeout=PATIENCE
        )
        yield chromium
        chromium.close()


@pytest.fixture
def new_page(browser):
    """Open an empty page of the browser."""

    def opened(**options):
        page = browser.new_page(reduced_motion="reduce", **options)
        page.set_default_timeout(PATIENCE)
        return page

    return opened
