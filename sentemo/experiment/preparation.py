"""The stage `data`: a corpus as published becomes a data directory, which is then checked."""

import inspect
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sentemo.core.markers import Marker
from sentemo.corpora.mini import is_mini_corpus
from sentemo.corpora.parsers import PARSERS
from sentemo.data.caveats import SYNTHETIC
from sentemo.data.check import print_check
from sentemo.data.labels import read_labels
from sentemo.data.preparation import ParsedCorpus, write_data_dir
from sentemo.scoring.human import human_accuracy

# Counts additions to the tables of a data directory, so that older directories are made again.
CONTENT = 2


@dataclass(frozen=True)
class CorpusPreparation:
    """A corpus to prepare, and what to check then.

    Attributes
    ----------
    corpus
        One of `PARSERS`.
    dest
        Data directory to write.
    options
        Values of the parser's options by name, and of those that only the check reads.
    folds
        Fold file that the data directory must fit, or a folder with one for each ``split``; nothing
        is checked where it is None.
    convert_audio
        Whether the check accepts audio that will be resampled or downmixed.
    """

    corpus: str
    dest: Path
    options: Mapping[str, Any]
    folds: Path | None = None
    convert_audio: bool = False

    def run(self) -> dict[str, Any] | None:
        """Write the data directory, unless that of these very sources is there.

        Returns
        -------
        dict or None
            The content of ``counts.json``; None where there was nothing to do.

        Raises
        ------
        SentemoError
            When the corpus is not as published, or its audio cannot be read.
        """
        parser = PARSERS[self.corpus]
        values = {name: self.options[name] for name in parser.options}
        inputs = parser.sources(
            **{name: values[name] for name in inspect.signature(parser.sources).parameters}
        )
        if labels := values.get("labels"):
            inputs.append(labels)
            values["labels"] = read_labels(labels)
        marker = Marker(self.dest / ".done.json", inputs, self._recorded(values))
        if marker.is_current():
            print(f"{self.dest}: up to date")
            return None
        parsed = parser.parse(**values)
        if any(is_mini_corpus(folder) for folder in values.values() if isinstance(folder, Path)):
            parsed = _as_look_alike(parsed)
        human = human_accuracy(parsed.utterances, parsed.agreement)
        counts = write_data_dir(self.dest, parsed, human)
        marker.write()
        return counts

    def check(self) -> None:
        """Check the data directory against the fold file, where there is one, and print a line.

        Raises
        ------
        SentemoError
            When they do not fit, and a partial corpus is not allowed.
        """
        if self.folds is None:
            return
        folds = self.folds
        if "split" in self.options and folds.is_dir():
            folds = folds / f"{self.options['split']}.tsv"
        # With dimensions as the target, every class of the release is there.
        with_classes = self.options.get("target") != "avd"
        print_check(
            self.dest,
            self.options.get("labels") if with_classes else None,
            folds,
            allow_partial=self.options["allow_partial"],
            convert_audio=self.convert_audio,
        )

    def _recorded(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return the options for the marker.

        Its paths are absolute: as wav.scp names its files, a corpus that moved is another one.
        """
        absolute = {k: os.path.abspath(v) if isinstance(v, Path) else v for k, v in values.items()}
        return {"corpus": self.corpus, "content": CONTENT, **absolute}


def _as_look_alike(parsed: ParsedCorpus) -> ParsedCorpus:
    return replace(
        parsed,
        name=f"{parsed.name} look-alike",
        notes=[SYNTHETIC, *parsed.notes],
    )
