"""An ASR or SA2SR experiment on the first fold of a fold file: training and decoding."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sentemo.core.config import read_config
from sentemo.core.errors import SentemoError
from sentemo.core.markers import Marker
from sentemo.data.features import FEATS_JSON, check_source, read_digests, read_feature_dir
from sentemo.data.fold_files import read_folds
from sentemo.data.kaldi import Utterance, read_data_dir
from sentemo.data.proxy_labels import is_sentiment_aware, read_proxy_labels
from sentemo.data.same_recordings import require_recordings_apart
from sentemo.data.sentiment import PROBABILITY_TABLE, SENTIMENT_TABLE, SENTIMENTS
from sentemo.data.splits import Fold
from sentemo.experiment.description import describe_data, fold_tables, speeds_of_copies
from sentemo.experiment.directory import CONFIG_COPY, ExperimentDirectory
from sentemo.experiment.states import states_request
from sentemo.folds.run import start_layer
from sentemo.launch.records import LOG_DIR
from sentemo.launch.resources import Resources
from sentemo.recognition.held_out import (
    decode_test,
    predict_sentiment,
    recogniser_of,
    refuse_leaks,
)
from sentemo.recognition.initial_weights import weight_files
from sentemo.scoring.predictions import write_predictions
from sentemo.scoring.transcripts import write_transcripts
from sentemo.states.index import WINDOWS
from sentemo.states.keeping import keep_states
from sentemo.training.inputs import StateRows
from sentemo.upstreams import Upstream, model_name


@dataclass(frozen=True)
class ASRSettings:
    """Settings that a recogniser is trained with.

    Attributes
    ----------
    config
        Training configuration.
    token_type, bpe_size
        As of `sentemo.recognition.training.ASRTraining`.
    sentiment
        Folder of proxy labels, which SA2SR needs.
    upstream
        Pre-trained model whose upper layers are trained on, with ``tuning_conf``; None trains an
        encoder of its own.
    """

    config: Path
    token_type: str | None = None
    bpe_size: int | None = None
    sentiment: Path | None = None
    seed: int = 1
    upstream: str | None = None

    @property
    def start_layer(self) -> int | None:
        """Layer of the upstream whose kept states the training begins at; None without one.

        Raises
        ------
        SentemoError
            When there is an upstream without such a layer, or a layer without an upstream.
        """
        layer = start_layer(self.config)
        if (layer is None) != (self.upstream is None):
            raise SentemoError(
                f"{self.config}: tuning_conf and --upstream belong together: the layers of the "
                "upstream above tuning_conf.start_layer are trained on."
            )
        return layer

    @property
    def tokens(self) -> dict[str, Any]:
        """Settings of the tokens, without those that the configuration decides."""
        given = {"token_type": self.token_type, "bpe_size": self.bpe_size}
        return {name: value for name, value in given.items() if value is not None}

    def sentiment_tables(self) -> list[Path]:
        """Return the tables of the proxy labels.

        Raises
        ------
        SentemoError
            When SA2SR has no proxy labels, or when ASR alone has some.
        """
        folder, model = self.sentiment, read_config(self.config).get("model")
        if is_sentiment_aware(model) != (folder is not None):
            raise SentemoError(
                f"{self.config}: proxy labels (--sentiment) belong to the models sa2sr_ctc and "
                "sa2sr_transducer, which need them, and to no other."
            )
        return [folder / name for name in (SENTIMENT_TABLE, PROBABILITY_TABLE)] if folder else []


@dataclass(frozen=True)
class ASRExperiment:
    """A recogniser that is trained, validated and tested on the sides of one fold.

    Attributes
    ----------
    directory
        Experiment directory, which receives the model and its transcripts.
    data, dump
        Data directory and its feature directory.
    folds
        Fold file, whose first fold counts.
    resources
        Where it is trained and decoded.
    corpus
        Name in the results; None takes the data's.
    """

    directory: Path
    data: Path
    dump: Path
    folds: Path
    resources: Resources = field(default_factory=Resources)
    corpus: str | None = None

    def train(self, settings: ASRSettings) -> None:
        """Train the recogniser, unless that is finished.

        Raises
        ------
        SentemoError
            When something that it needs is missing or wrong, or when the directory holds a
            training with other settings.
        """
        guarded = self._guarded_directory(settings)
        if guarded.is_done("train", "config.yaml"):
            print(f"{self.directory}: training is finished")
            return
        utterances, fold = self._data()
        states = self._kept_states(settings)
        guarded.start(**self._description(settings, utterances, fold))
        from sentemo.recognition.training import ASRTraining, train_asr  # ESPnet takes seconds

        print(
            f"{self.directory}: training; all output in {self.directory / 'train.log'}", flush=True
        )
        training = ASRTraining(
            config=self.directory / CONFIG_COPY,
            utterances=utterances,
            fold=fold,
            features=read_feature_dir(self.dump),
            exp=self.directory,
            settings={
                "seed": settings.seed,
                "ngpu": min(self.resources.ngpu, 1),
                "asr_model": settings.upstream,
            },
            token_type=settings.token_type,
            bpe_size=settings.bpe_size,
            processes=max(self.resources.ngpu, 1),
            nodes=self.resources.nodes,
            labels=read_proxy_labels(settings.sentiment) if settings.sentiment else None,
            states=states,
        )
        guarded.add_notes(train_asr(training))
        guarded.finish("train")

    def _kept_states(self, settings: ASRSettings) -> StateRows | None:
        """Keep the states that the training begins at, unless that is done."""
        layer = settings.start_layer
        if layer is None or settings.upstream is None:
            return None
        request = states_request(self.dump, settings.upstream, "")
        keep_states(request, [f"{WINDOWS}{layer}"], self.resources)
        from sentemo.states.kept import KeptStates  # torch takes seconds

        return KeptStates(request.directory).rows_above(layer)

    def decode(self, beam_size: int = 1) -> None:
        """Decode the test side with the best epoch's weights, unless that is done.

        It writes `decode_test/`, and for an SA2SR model `sentiment_test.tsv`.

        Parameters
        ----------
        beam_size
            Width of the beam search; 1 is greedy.
        """
        asr = Upstream(self.directory)
        marker = Marker(
            self.directory / ".done.decode.json",
            [
                asr.weights_file,
                *fold_tables(self.data, "text"),
                self.folds,
                self.dump / FEATS_JSON,
            ],
            {"beam_size": beam_size},
            self.directory / "decode_test" / "hyp.tsv",
        )
        if marker.is_current():
            print(f"{self.directory}: transcripts are up to date")
            return
        utterances, fold = self._data()
        recogniser = recogniser_of(asr, read_feature_dir(self.dump), self.resources.ngpu)
        refuse_leaks(self.directory, utterances, fold)
        log = self.directory / LOG_DIR
        workers = self.resources.training_workers(log, "recognise")
        transcripts = decode_test(recogniser, utterances, fold, workers, beam_size)
        write_transcripts(self.directory / "decode_test", transcripts)
        if is_sentiment_aware(asr.config.get("model")):
            workers = self.resources.training_workers(log, "predict_sentiment")
            predictions = predict_sentiment(recogniser, utterances, fold, workers)
            write_predictions(self.directory / "sentiment_test.tsv", SENTIMENTS, predictions)
        marker.write()
        decoded = f"{len(transcripts.hypotheses)} utterances, {transcripts.hours:.2f} h decoded"
        print(f"{self.directory}: {decoded}")

    def _guarded_directory(self, settings: ASRSettings) -> ExperimentDirectory:
        inputs = [
            self.folds,
            *fold_tables(self.data, "text"),
            self.dump / FEATS_JSON,
            *settings.sentiment_tables(),
            *weight_files(settings.config),
        ]
        options: dict[str, Any] = {"seed": settings.seed, **settings.tokens}
        if settings.start_layer is not None and settings.upstream is not None:
            options["asr_model"] = Upstream(settings.upstream).fingerprint
        return ExperimentDirectory(self.directory, settings.config, inputs, options)

    def _data(self) -> tuple[list[Utterance], Fold]:
        utterances = read_data_dir(self.data)
        fold = read_folds(self.folds, utterances)[0]
        check_source(self.dump, utterances)
        require_recordings_apart([fold], utterances, read_digests(self.dump), str(self.data))
        return utterances, fold

    def _description(
        self, settings: ASRSettings, utterances: Sequence[Utterance], fold: Fold
    ) -> dict[str, Any]:
        described = describe_data(self.data, self.dump, self.folds, [fold], utterances)
        if self.corpus:
            described["corpus"] = self.corpus
        named = [settings.config.stem.removeprefix("train_")]
        named.append(" ".join(map(str, settings.tokens.values())))
        named.append((settings.upstream and model_name(settings.upstream)) or "")
        title = ", ".join(filter(None, [*named, *speeds_of_copies(utterances)]))
        upstream = settings.upstream and model_name(settings.upstream)
        return {"title": title, "seed": settings.seed, "asr_model": upstream, **described}
