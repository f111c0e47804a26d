"""The commands of the stages, one after another on mini corpora, each from the state before it."""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from restricted import Ended, run_restricted, unrestricted
from small_recipe import ROOT, small_recipe

from sentemo.bin.make_mini_corpus import main as make_mini_corpus


@dataclass(frozen=True)
class Stages:
    """What the stages run, in their order, and the working directory before each of them."""

    folder: Path
    commands: dict[str, list[str]]

    @property
    def work(self) -> Path:
        """Where they run."""
        return self.folder / "work"

    def before(self, stage: str) -> Path:
        """Where a copy of the working directory as this stage finds it lies."""
        return self.folder / "before" / stage

    def after(self, stage: str) -> Path:
        """Where a copy of the working directory as this stage leaves it lies."""
        following = [*self.commands, "end"]
        return self.before(following[following.index(stage) + 1])

    def run_all(self) -> None:
        self.work.mkdir()
        for stage in self.commands:
            shutil.copytree(self.work, self.before(stage), symlinks=True)
            ended = self.run(stage)
            assert ended.status == 0, ended.output
        shutil.copytree(self.work, self.before("end"), symlinks=True)

    def go_before(self, stage: str) -> None:
        """Make the working directory what it is before this stage."""
        shutil.rmtree(self.work)
        shutil.copytree(self.before(stage), self.work, symlinks=True)

    def run(self, stage: str, restrict: Callable[[], None] = unrestricted) -> Ended:
        return run_restricted(restrict, self.work, *self.commands[stage])

    def written(self, stage: str) -> dict[str, bytes]:
        """What an undisturbed stage writes, by path."""
        before = content(self.before(stage))
        return {p: data for p, data in content(self.after(stage)).items() if before.get(p) != data}


def content(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, by its path from there."""
    files = (Path(here, name) for here, _, names in os.walk(folder) for name in names)
    return {str(file.relative_to(folder)): file.read_bytes() for file in files}


def emotion_stages(folder: Path) -> Stages:
    """The stages of a recipe of emotion recognition, on one fold."""
    options = small_recipe("emodb", folder, epochs=3)
    named = dict(zip(options[::2], options[1::2], strict=True))
    folds = folder / "fold.tsv"
    folds.write_text("".join(Path(named["--folds"]).read_text().splitlines(keepends=True)[:3]))
    labels = ["--labels", str(shutil.copy(ROOT / "egs" / "emodb" / "labels.txt", folder))]
    data, exp = ["--data", "data/all"], ["--exp", "exp/ser"]
    fold = ["--config", named["--config"], *data, "--dump", "dump/fbank80/all", *labels]
    fold += ["--folds", str(folds), *exp]
    corpus = ["--corpus_dir", named["--corpus_dir"], "--allow_partial", "true"]
    stages = Stages(
        folder,
        {
            "data": ["prepare_corpus", "emodb", *corpus, *labels, "--dest", "data/all"],
            "feats": ["extract_features", *data, "--dest", "dump/fbank80/all"],
            "train": ["train", *fold],
            "decode": ["decode", *fold],
            "score": ["score", *exp, *data, *labels, "--folds", str(folds)],
            "results": ["results", "--work_dir", "."],
            "attention": ["attention", *fold],
            "report": ["report", *exp, *data, "--audio", "true"],
            "pack": ["pack", *exp],
        },
    )
    stages.run_all()
    return stages


def recognition_stages(folder: Path) -> Stages:
    """The stages of LibriSpeech's recipe."""
    make_mini_corpus(["--corpus", "librispeech", "--dest", str(folder / "corpus")])
    config = str(ROOT / "conf" / "mini" / "train_asr_ctc.yaml")
    inputs = ["--data", "data/all", "--dump", "dump/fbank80/all"]
    inputs += ["--folds", str(ROOT / "egs" / "librispeech" / "folds" / "official.tsv")]
    exp = ["--exp", "exp/asr"]
    corpus = ["--corpus_dir", str(folder / "corpus"), "--allow_partial", "true"]
    stages = Stages(
        folder,
        {
            "data": ["prepare_corpus", "librispeech", *corpus, "--dest", "data/all"],
            "feats": ["extract_features", *inputs[:2], "--dest", "dump/fbank80/all"],
            "pretrain": ["train_asr", "--config", config, *inputs, *exp],
            "decode": ["decode_asr", *inputs, *exp],
            "score": ["score_asr", *exp, "--set", "test"],
        },
    )
    stages.run_all()
    return stages
