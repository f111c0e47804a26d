"""What a recipe runs on in tests: a mini corpus, two folds, a few epochs."""

from pathlib import Path

from sentemo.bin.make_mini_corpus import main as make_mini_corpus
from sentemo.data.splits import Fold, write_folds

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
