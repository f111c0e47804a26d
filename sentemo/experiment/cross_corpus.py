"""The comparison that leaves one corpus out: from a data directory of several to `scores.json`."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sentemo.core.files import write_json
from sentemo.core.markers import Marker
from sentemo.core.provenance import provenance, published_command
from sentemo.data.kaldi import Utterance, read_data_dir
from sentemo.data.labels import read_labels
from sentemo.data.preparation import read_counts
from sentemo.experiment.description import fold_tables
from sentemo.experiment.states import states_request
from sentemo.launch.resources import Resources
from sentemo.scoring.classes import score_corpora
from sentemo.scoring.predictions import write_predictions
from sentemo.scoring.schemas.kinds import CROSS_CORPUS
from sentemo.scoring.scores_file import EXPERIMENT, read_scores_file, write_scores
from sentemo.states.index import INDEX
from sentemo.states.keeping import keep_states
from sentemo.upstreams import model_name

if TYPE_CHECKING:
    from sentemo.states.kept import KeptStates

PROTOCOL = (
    "Leave one corpus out: nothing of the tested corpus is learnt from, and layers and penalty are "
    "chosen among the others, each left out in turn"
)


@dataclass(frozen=True)
class CrossCorpusExperiment:
    """Linear probes that leave each corpus out, under each normalisation of states.

    Attributes
    ----------
    directory
        Directory of the predictions and of ``scores.json``.
    data, dump
        Data directory of several corpora, and its features.
    labels
        Labels file.
    upstream
        Pre-trained model whose states are read.
    resources
        Resources of the encoding; they do not change the result.
    """

    directory: Path
    data: Path
    dump: Path
    labels: Path
    upstream: str
    resources: Resources

    def compare(self) -> dict[str, Any]:
        """Write `scores.json`, unless it is that of these very data, and return its content.

        Raises
        ------
        SentemoError
            When the corpora are too few or one lacks a class, or the states cannot be kept.
        """
        request = states_request(self.dump, self.upstream, "")
        keep_states(request, [], self.resources)
        inputs = [self.labels, request.directory / INDEX, *fold_tables(self.data)]
        marker = Marker(self.directory / ".done.json", inputs, {})
        scores_file = self.directory / "scores.json"
        if scores_file.is_file() and marker.is_current():
            print(f"{scores_file}: up to date")
            return read_scores_file(scores_file)
        from sentemo.states.kept import KeptStates  # and torch, which takes seconds

        utterances, labels = read_data_dir(self.data), read_labels(self.labels)
        self.directory.mkdir(parents=True, exist_ok=True)
        write_json(self.directory / EXPERIMENT, self._described(utterances))
        tested = [utt for utt in utterances if utt.original is None]
        rows = self._rows(utterances, labels, KeptStates(request.directory))
        classes = {label: sum(utt.label == label for utt in tested) for label in labels}
        corpora = {utt.corpus for utt in tested}
        counts = {"utterances": len(tested), "folds": len(corpora), "classes": classes}
        write_scores(self.directory, CROSS_CORPUS, {"counts": counts, "test": rows})
        marker.write()
        return read_scores_file(scores_file)

    def _rows(
        self, utterances: Sequence[Utterance], labels: Sequence[str], kept: "KeptStates"
    ) -> list[dict[str, Any]]:
        """Test every normalisation, write its predictions, and return its scores."""
        from tqdm import tqdm  # torch and the bar take seconds that a finished run need not wait

        from sentemo.folds.cross_corpus import LAYERS, NORMALISATIONS, CrossCorpus

        corpora = {utt.id: utt.corpus or "" for utt in utterances}
        cross = CrossCorpus(utterances, labels, kept)
        layers = [layer for layer in LAYERS if {*layer.split("+")} <= {*kept.layers}]
        rows = []
        with tqdm(total=len(NORMALISATIONS) * cross.steps(layers), desc="probes") as bar:
            for how in NORMALISATIONS:
                left_out = cross.test(how, layers, advance=bar.update)
                predictions = [p for one in left_out for p in one.predictions]
                write_predictions(self.directory / f"predictions/{how}.tsv", labels, predictions)
                scored = score_corpora(labels, predictions, corpora)
                for one in left_out:
                    scored[one.corpus] |= {**asdict(one.setting), "valid_ua": one.valid_ua}
                mean = float(np.mean([found["ua"]["pooled"] for found in scored.values()]))
                rows.append({"normalisation": how, "mean_ua": mean, "corpora": scored})
        return rows

    def _described(self, utterances: Sequence[Utterance]) -> dict[str, Any]:
        upstream = model_name(self.upstream)
        copies = sum(utt.original is not None for utt in utterances)
        return {
            "corpus": read_counts(self.data)["corpus"],
            "title": f"leave one corpus out, {upstream}",
            "protocol": PROTOCOL,
            "seed": None,
            "config": None,
            "asr_model": upstream,
            "epochs": "none; layers and penalty by UA of the other corpora, each left out in turn",
            "notes": [f"{copies} copies, to train on"] if copies else [],
            "command": published_command(),
            **provenance(),
        }
