"""What a recipe runs on in tests: a mini corpus, a few folds, a few epochs."""

from pathlib import Path

from sentemo.bin.make_mini_corpus import main as make_mini_corpus
from sentemo.data.fold_files import write_folds
from sentemo.data.splits import Fold

ROOT = Path(__file__).parents[1]


def small_recipe(corpus: str, folder: Path, epochs: int) -> list[str]:
    """Make a corpus in `folder`, and return the options with which its recipe runs on it."""
    make_mini_corpus(["--corpus", corpus, "--dest", str(folder / "corpus")])
    rows = (ROOT / "egs" / corpus / "folds" / "loso.tsv").read_text().splitlines()[2:]
    speakers = [row.split("\t")[2] for row in rows]
    halves = speakers[::2], speakers[1::2]
    folds = [
        Fold(number, train=tuple(other[1:]), valid=(other[0],), test=tuple(half))
        for number, (half, other) in enumerate((halves, halves[::-1]), start=1)
    ]
    write_folds(folder / "folds.tsv", folds, "Half of the speakers, and the others")
    config = (ROOT / "conf" / "mini" / "train_ser_scratch.yaml").read_text()
    (folder / "train_mini.yaml").write_text(config.replace("epoch: 30", f"epoch: {epochs}"))
    return [
        *("--corpus_dir", str(folder / "corpus"), "--allow_partial", "true", "--nj", "2"),
        *("--folds", str(folder / "folds.tsv"), "--config", str(folder / "train_mini.yaml")),
    ]


def small_speech(folder: Path, epochs: int) -> list[str]:
    """Return the options of the recipe librispeech; its recogniser has no dropout."""
    make_mini_corpus(["--corpus", "librispeech", "--dest", str(folder / "corpus")])
    config = (ROOT / "conf" / "mini" / "train_asr_ctc.yaml").read_text()
    config = config.replace("max_epoch: 4", f"max_epoch: {epochs}")
    (folder / "train_asr_ctc_mini.yaml").write_text(config.replace("dropout: 0.1", "dropout: 0.0"))
    return [
        *("--corpus_dir", str(folder / "corpus"), "--allow_partial", "true", "--nj", "2"),
        *("--config", str(folder / "train_asr_ctc_mini.yaml")),
    ]
