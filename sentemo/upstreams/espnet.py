"""A pre-trained model whose encoder is taken over: its configuration, statistics and weights."""

import argparse
import copy
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sentemo.core.best_epoch import ENCODER_FILE, best_weights
from sentemo.core.errors import SentemoError
from sentemo.core.files import copy_file, fingerprint
from sentemo.core.markers import TRAINED_MARKER
from sentemo.core.network_sizes import NOT_STORED, bounded_parameters
from sentemo.core.packed import existing
from sentemo.data.features import GLOBAL_STATS
from sentemo.upstreams.config import (
    PARTS,
    conditioning_tokens,
    feature_type,
    parts_of,
    require_supported,
    set_window,
)
from sentemo.upstreams.source import Source
from sentemo.upstreams.sources import UPSTREAM_OPTION, find_source
from sentemo.upstreams.statistics import require_statistics
from sentemo.upstreams.weights import best_of_espnet, take_over

if TYPE_CHECKING:
    import torch


class Upstream:
    """A pre-trained model whose encoder is taken over.

    Parameters
    ----------
    upstream
        See `sentemo.upstreams.sources.find_source`.
    option
        The option that named it, for messages.
    window
        Window that Whisper hears, see `WhisperFrontend`; empty is its default.
    source
        Its files, where they are known; None searches for them.

    Raises
    ------
    SentemoError
        When it is no such model, or one with a part that cannot run here; when a window is named
        and it is not Whisper.
    """

    def __init__(
        self,
        upstream: str | Path,
        option: str = UPSTREAM_OPTION,
        window: str = "",
        source: Source | None = None,
    ) -> None:
        self.name = str(upstream)
        self._where = f"{option} {upstream}".lstrip()
        self._source = source or find_source(self.name, option)
        self.config_file = self._source.config_file
        self.config = self._source.read_config()
        require_supported(self.config, self._where)
        self._window = window
        if window:
            set_window(self.config, window, self._where)

    @cached_property
    def feature_type(self) -> str:
        """Feature type that the encoder was trained on: extracted features, or raw audio."""
        return feature_type(self.config, self._where)

    @cached_property
    def weights_file(self) -> Path:
        """File of the best epochs' weights, by the ASR experiment's own criterion.

        Raises
        ------
        SentemoError
            When it is an experiment whose training is not finished, or has nothing to choose by.
        """
        if self._source.weights_file is not None:
            return self._source.weights_file
        folder = self.config_file.parent
        if "feature_type" not in self.config:
            return best_of_espnet(folder, self.config)
        if not (folder / TRAINED_MARKER).is_file():
            raise SentemoError(
                f"{folder}: its training is not finished. Run its pretrain stage again, "
                "it goes on from the last completed epoch."
            )
        return best_weights(folder, self.config["best_model_criterion"])

    @cached_property
    def weights_files(self) -> list[Path]:
        """All files with its weights: of a recogniser upon kept states, the whole encoder first."""
        whole = self.weights_file.with_name(ENCODER_FILE)
        trained_in_part = self.config.get("upon_states") and whole.is_file()
        return [whole, self.weights_file] if trained_in_part else [self.weights_file]

    def read_weights(self) -> dict[str, "torch.Tensor"]:
        """Return its weights, under ESPnet's names."""
        read = self._source.read_weights
        return {name: v for file in self.weights_files for name, v in read(file).items()}

    @cached_property
    def fingerprint(self) -> str:
        """Digest of configuration and weights, which does not depend on their folder."""
        files = " ".join(map(fingerprint, self._files))
        return f"{files} {self._window}".rstrip()

    @cached_property
    def is_whisper(self) -> bool:
        """Tell whether it is a whole Whisper, which writes words through Transformers."""
        return bool(self._source.recogniser_files)

    @cached_property
    def recogniser_fingerprint(self) -> str:
        """Digest of all that a whole Whisper writes words by."""
        return " ".join([self.fingerprint, *map(fingerprint, self._source.recogniser_files)])

    @property
    def _files(self) -> list[Path]:
        return [*self._source.files(self.weights_file), *self.weights_files[:-1]]

    def require_whole(self) -> None:
        """Insist that the files are there which a training takes over: weights and statistics.

        Raises
        ------
        SentemoError
            Naming what is missing.
        """
        existing(self.weights_file, self._where)
        self.located_config()

    def describe(self) -> str:
        """Say in one line what would be taken over."""
        named = {part: name for part, (name, _) in parts_of(self.config).items() if name}
        parts = ", ".join(f"{part} {name}" for part, name in named.items())
        return f"{self.name}: {parts}; on {self.feature_type}; weights {self.weights_file.name}"

    def require_features(self, feature_type: str | None) -> None:
        """Insist that features are of the type that the checkpoint was trained on."""
        if feature_type != self.feature_type:
            raise SentemoError(
                f"{self._where} was trained on {self.feature_type} features, "
                f"these are {feature_type}. Extract {self.feature_type} (stage feats)."
            )

    def located_config(self) -> dict[str, Any]:
        """Return the whole configuration, with the paths of its files where they are now.

        The encoder in it is whole, also where training began at kept states of it.
        """
        config = {**copy.deepcopy(self.config), "upon_states": False}
        if config.get("frontend") == "huggingface_ssl":
            self._locate_frontend(config["frontend_conf"])
        if (named := (config.get("normalize_conf") or {}).get("stats_file")) is not None:
            config["normalize_conf"]["stats_file"] = str(self._statistics(named))
        return config

    def inherit(self, args: argparse.Namespace) -> None:
        """Write the encoder's configuration into `args`; copy its statistics into our experiment.

        Raises
        ------
        SentemoError
            When the features at hand are not those of the checkpoint.
        """
        self.require_features(args.feature_type)
        args.input_size = self.config.get("input_size")
        args.conditioning_tokens = conditioning_tokens(self.config)
        args.speech_volume_normalize = self.config.get("speech_volume_normalize")
        for part, (name, conf) in parts_of(self.config).items():
            setattr(args, part, name)
            setattr(args, f"{part}_conf", conf)
        if args.frontend == "huggingface_ssl":
            self._locate_frontend(args.frontend_conf)
        if args.normalize_conf.get("stats_file") is not None:
            statistics = self._statistics(args.normalize_conf["stats_file"])
            copy = (Path(args.output_dir) / GLOBAL_STATS).with_suffix(statistics.suffix)
            copy_file(statistics, copy)  # whole: other processes may read it already
            args.normalize_conf["stats_file"] = str(copy)

    def _locate_frontend(self, conf: dict[str, Any]) -> None:
        conf["model"] = str(self._find(str(conf["model"])) or conf["model"])

    def _statistics(self, named: str) -> Path:
        found = self._find(named)
        if found is None or not found.is_file():
            raise SentemoError(
                f"{self._where}: the statistics of its normalisation, {named}, are not there. "
                f"Copy them beside {self.config_file}."
            )
        require_statistics(found)
        return found

    def _find(self, named: str) -> Path | None:
        """Find what the configuration names, wherever the checkpoint went.

        ESPnet notes a path that starts in the recipe's folder, above the experiment, and its
        unpacker one that starts anywhere; a packed model has it inside, ours beside. Nothing
        outside of these folders is looked at, whatever a foreign configuration names.
        """
        folder, root = self.config_file.absolute().parent, self._source.root
        if root is None:
            places = [(recipe / named, recipe) for recipe in _recipes(folder)]
            candidates = [path for path, recipe in places if _is_below(path, recipe)]
        else:
            parts = [part for part in Path(named).parts if part not in ("/", "..")]
            candidates = [root.joinpath(*parts[first:]) for first in range(len(parts))]
        candidates.insert(0, folder / Path(named).name)
        return next((candidate for candidate in candidates if candidate.exists()), None)

    @contextmanager
    def building(self) -> Iterator[None]:
        """Return a context in which a network is built from the configuration.

        Raises
        ------
        SentemoError
            When it fails, in whatever way, or grows far beyond the weights that are there.
        """
        # Weights have a byte per parameter at least; some parameters follow from others.
        size = sum(file.stat().st_size for file in self._files)
        try:
            with bounded_parameters(self._where, 2 * size + NOT_STORED):
                yield
        except SentemoError:
            raise
        except Exception as error:
            raise SentemoError(
                f"{self._where}: ESPnet {version('espnet')} cannot build its encoder from "
                f"{self.config_file}: {error}"
            ) from error

    def load_weights(self, model: "torch.nn.Module") -> None:
        """Copy the weights of every inherited part, and insist that none is missing or left over.

        Raises
        ------
        SentemoError
            Naming the parameters that are missing, unexpected or of another shape.
        """
        conditioned = conditioning_tokens(self.config) is not None
        parts = (*PARTS, "ctc") if conditioned else PARTS
        take_over(model, self.read_weights(), parts, str(self.weights_file))


def _recipes(experiment: Path) -> list[Path]:
    """Return the folders that may be the recipe of an experiment: up to the one with ``exp``."""
    above = list(experiment.parents)
    names = [folder.name for folder in above]
    return above[: names.index("exp") + 2 if "exp" in names else 2]


def _is_below(path: Path, folder: Path) -> bool:
    return Path(os.path.normpath(path)).is_relative_to(folder)
