"""The configuration of a checkpoint: the parts that are taken over, and their settings."""

from collections.abc import Mapping
from typing import Annotated, Any, TypedDict

from humanfriendly import InvalidSize, parse_size

from sentemo.core.errors import Problems, SentemoError
from sentemo.core.network_sizes import check_sizes
from sentemo.core.schema import Between, Different, fit
from sentemo.data.features import SAMPLE_RATE, raw_type

PARTS = ("frontend", "normalize", "preencoder", "encoder", "postencoder")
CONDITIONING = ("interctc_use_conditioning", "ctc_trim")  # encoders that look at a CTC layer

_INSTEAD = (
    "Use a checkpoint with another frontend or encoder, or the self-supervised model or Whisper "
    "itself: a directory or a name of Hugging Face."
)
_DOWNLOADED = "it is downloaded whenever it is built"
_FAIRSEQ = "it needs fairseq, which does not install with torch 2.11"
_PUBLISHED_ONLY = "ESPnet's Whisper classes download OpenAI's own weights whenever they are built"
CANNOT_RUN = {
    ("frontend", "s3prl"): "s3prl does not import with torchaudio 2.11",
    ("frontend", "espnet_ssl"): "it needs a second checkpoint, the self-supervised one",
    ("frontend", "whisper"): _PUBLISHED_ONLY,
    ("encoder", "whisper"): _PUBLISHED_ONLY,
    ("encoder", "wav2vec2"): _FAIRSEQ,
    ("encoder", "hubert"): _FAIRSEQ,
    ("encoder", "hubert_pretrain"): _FAIRSEQ,
    ("encoder", "avhubert"): _FAIRSEQ,
    ("encoder", "beats"): "it reads a file of Microsoft's weights whenever it is built",
    ("encoder", "longformer"): "it needs the package longformer, which is no more installable",
    ("encoder", "transformer_multispkr"): "it gives the states of several speakers",
    ("frontend", "fused"): "ESPnet's class gives every utterance the length of the longest",
    ("postencoder", "hugging_face_transformers"): _DOWNLOADED,
}


Part = str | None
Conf = dict[str, Any] | None


class _Normalize(TypedDict, total=False):
    stats_file: str | None


class Checkpoint(TypedDict, total=False):
    """Keys that are read of a checkpoint's configuration, or of an emotion model's."""

    input_size: Annotated[int, Between(1, 100_000)] | None
    feature_type: str | None
    speech_volume_normalize: float | None
    token_list: list[Any] | None
    conditioning_tokens: Annotated[int, Between(1, 1_000_000)] | None
    best_model_criterion: list[list[str]]
    labels: Annotated[list[str], Different()] | None
    avd_scale: tuple[float, float] | None
    frontend: Part
    frontend_conf: Conf
    normalize: Part
    normalize_conf: _Normalize | None
    preencoder: Part
    preencoder_conf: Conf
    encoder: Part
    encoder_conf: Conf
    postencoder: Part
    postencoder_conf: Conf
    decoder: Part
    decoder_conf: Conf
    model: Part
    model_conf: Conf


SIZED = (*PARTS, "decoder", "model", "joint_net")
DAMAGED = "It may be damaged: get the model again."


def parts_of(config: Mapping[str, Any]) -> dict[str, tuple[str | None, dict[str, Any]]]:
    """Return name and settings of each part; old configurations lack the parts that came later."""
    parts = {part: (config.get(part), _settings(config, f"{part}_conf")) for part in PARTS}
    name, conf = parts["frontend"]
    if config.get("input_size") is not None:
        parts["frontend"] = None, {}  # features came from outside
    elif name == "huggingface":
        # Ours has the right lengths; the weights come from the checkpoint, no cache of its own.
        ours = {"model": conf.get("model"), "fs": conf.get("fs", SAMPLE_RATE)}
        parts["frontend"] = "huggingface_ssl", {**ours, "load_pretrained": False}
    name, conf = parts["normalize"]
    if name == "utterance_mvn":
        parts["normalize"] = "masked_utterance_mvn", conf  # ESPnet's counts padding
    if parts["encoder"][0] in ("rnn", "vgg_rnn"):
        parts["encoder"][1]["dropout"] = 0.0  # ESPnet's projected RNN drops out in evaluation too
    return parts


def _settings(config: Mapping[str, Any], key: str) -> dict[str, Any]:
    settings = config.get(key) or {}
    if not isinstance(settings, dict):
        raise SentemoError(f"config.yaml of the checkpoint: {key} is no mapping: {settings!r}")
    return dict(settings)


def require_supported(config: Mapping[str, Any], where: str) -> None:
    """Refuse a checkpoint with a part that cannot run here, saying why and what can.

    Raises
    ------
    SentemoError
        See above; also when the configuration is not one of an ASR training.
    """
    problems = Problems(f"{where}: its configuration")
    fit(config, Checkpoint, "", lambda key, detail: problems.add("wrong value", key, detail))
    check_sizes(config, SIZED, problems)
    problems.raise_if_any(DAMAGED)
    parts = parts_of(config)
    if parts["encoder"][0] is None:
        raise SentemoError(
            f"{where}: its configuration names no encoder, so there is none to use. Models of "
            "ESPnet's ASR task can be reused, those of its other tasks cannot."
        )
    for part, (name, _) in parts.items():
        if name and (reason := CANNOT_RUN.get((part, name))):
            raise SentemoError(f"{where}: its {part} is {name}, and {reason}. {_INSTEAD}")


def feature_type(config: Mapping[str, Any], where: str) -> str:
    """Return the feature type that the encoder was trained on.

    Our configurations name it; ESPnet's encoders take raw audio.

    Raises
    ------
    SentemoError
        When it was trained on features that somebody extracted in an unknown way.
    """
    if own := config.get("feature_type"):
        return own
    if (size := config.get("input_size")) is not None:
        raise SentemoError(
            f"{where}: trained on extracted features of {size} values, and its configuration does "
            "not say how they were extracted. Checkpoints on raw audio (input_size: null) can be "
            "reused, and this project's own."
        )
    return raw_type(_sampling_rate(config, where))


def _sampling_rate(config: Mapping[str, Any], where: str) -> int:
    """Return the sampling rate in Hz, written as 16000 or 16k; ESPnet's default is 16 kHz."""
    for part in ("frontend", "preencoder"):
        rate = parts_of(config)[part][1].get("fs")
        if rate is None:
            continue
        try:
            return parse_size(str(rate))
        except InvalidSize:
            raise SentemoError(f"{where}: {part}_conf.fs is no sampling rate: {rate!r}") from None
    return SAMPLE_RATE


def conditioning_tokens(config: Mapping[str, Any]) -> int | None:
    """Return how many tokens the CTC layer of self-conditioned CTC has; None without one.

    A recogniser's configuration has the tokens; that of an emotion model, which took the layer
    over, their number.
    """
    conf = parts_of(config)["encoder"][1]
    if not any(conf.get(key) for key in CONDITIONING):
        return None
    return config.get("conditioning_tokens") or len(config["token_list"])


def set_window(config: dict[str, Any], window: str, where: str) -> None:
    """Set the window that Whisper hears, of `sentemo.modules.encoders.whisper.WINDOWS`.

    Raises
    ------
    SentemoError
        When the encoder is another one, which has no window.
    """
    if config.get("encoder") != "whisper_layers":
        raise SentemoError(
            f"{where}: the window {window} is for Whisper, and its encoder is "
            f"{config.get('encoder')}. Leave the option out."
        )
    for part in ("frontend", "encoder"):
        config[f"{part}_conf"] = {**_settings(config, f"{part}_conf"), "window": window}
