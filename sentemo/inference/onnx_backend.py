"""Backend that runs ``model.onnx`` with onnxruntime, on audio or features of kaldi-native-fbank."""

from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from sentemo.core.errors import SentemoError, library_reason
from sentemo.core.processes import available_cores
from sentemo.data.audio import FULL_SCALE, at_peak
from sentemo.data.features import SAMPLE_RATE, SHIFT_MS, WINDOW_MS
from sentemo.inference.answers import Outputs
from sentemo.inference.description import ONNX_MODEL, Description
from sentemo.inference.shared_weights import require_same_weights
from sentemo.upstreams.whisper import BUILT_IN_FOLDER

AUDIO_INPUT, FEATURES_INPUT, STATES_OUTPUT = "speech", "features", "states"
WEIGHTS_FOLDER = "session.model_external_initializers_file_folder_path"


class OnnxBackend:
    """A network exported as ONNX.

    Parameters
    ----------
    folder
        Folder of the unpacked model.

    Raises
    ------
    SentemoError
        When ``model.onnx`` is missing or damaged.
    """

    def __init__(self, folder: Path, description: Description) -> None:
        if not is_exported(folder, description):
            reason = description.not_exported or f"no {ONNX_MODEL} in it"
            raise SentemoError(f"{description.name}: no ONNX model ({reason}). Use backend torch.")
        self._session = open_session(folder / ONNX_MODEL, description.shares_weights)
        self._names = [output.name for output in self._session.get_outputs()]
        self._description = description
        _check_signature(self._session, description, folder / ONNX_MODEL)

    def __call__(self, utterances: Sequence[np.ndarray]) -> list[Outputs]:
        """Return the outputs for utterances at the model's rate, ``(samples,)`` each."""
        return [self._judge(samples) for samples in utterances]

    def _judge(self, samples: np.ndarray) -> Outputs:
        if self._description.is_raw:
            given = {AUDIO_INPUT: at_peak(samples, self._description.peak)[None]}
        else:
            given = {FEATURES_INPUT: native_fbank(samples, self._description.dim)[None]}
        found = self._session.run(self._names, given)
        return Outputs(**{k: value[0] for k, value in zip(self._names, found, strict=True)})


def _check_signature(session: Any, description: Description, where: Path) -> None:
    """Insist that a graph takes and returns what stage pack exports."""
    wanted = {AUDIO_INPUT: 2} if description.is_raw else {FEATURES_INPUT: 3}
    inputs = {given.name: len(given.shape) for given in session.get_inputs()}
    kinds = {given.type for given in (*session.get_inputs(), *session.get_outputs())}
    known = [field.name for field in fields(Outputs)]
    outputs = [output.name for output in session.get_outputs()]
    if inputs != wanted or not set(outputs) <= set(known) or kinds != {"tensor(float)"}:
        raise SentemoError(
            f"{where}: takes {', '.join(inputs)} and returns {', '.join(outputs)}, of "
            f"{', '.join(sorted(kinds))}; wanted {', '.join(wanted)} and some of "
            f"{', '.join(known)}, of tensor(float). Pack the model again."
        )


def open_session(path: Path, shares_weights: bool = False) -> Any:
    """Open an ONNX model as an `onnxruntime.InferenceSession` on this machine's cores.

    Parameters
    ----------
    shares_weights
        Whether `share_weights` left those of the built-in upstream out of the model.

    Raises
    ------
    SentemoError
        When it is damaged, or these are of another upstream than the one that is built in.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = available_cores()
    options.log_severity_level = 3  # errors; it warns of optimisations that it leaves out
    # Weights in 8 bits become floats once, when the model is opened, not at every call.
    options.add_session_config_entry("session.disable_quant_qdq", "1")
    model: str | bytes = str(path)
    if shares_weights:  # onnxruntime looks for them beside a model that it reads from a path
        options.add_session_config_entry(WEIGHTS_FOLDER, str(BUILT_IN_FOLDER))
        model = path.read_bytes()
    try:
        session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime documents no class of its errors
        raise SentemoError(
            f"{path}: not a readable ONNX model ({library_reason(error)})"
        ) from error
    if shares_weights:
        require_same_weights(session, path)
    return session


def is_exported(folder: Path, description: Description) -> bool:
    """Tell whether onnxruntime can run a packed model."""
    return not description.not_exported and (folder / ONNX_MODEL).is_file()


def native_fbank(samples: np.ndarray, dim: int) -> np.ndarray:
    """Compute the features of `sentemo.data.features.fbank` without torch."""
    import kaldi_native_fbank as knf

    options = knf.FbankOptions()
    options.frame_opts.samp_freq = SAMPLE_RATE
    options.frame_opts.frame_length_ms, options.frame_opts.frame_shift_ms = WINDOW_MS, SHIFT_MS
    options.frame_opts.dither = 0.0
    options.frame_opts.snip_edges = False
    options.mel_opts.num_bins = dim
    options.use_energy = False
    extractor = knf.OnlineFbank(options)
    extractor.accept_waveform(SAMPLE_RATE, samples * FULL_SCALE)
    extractor.input_finished()
    return np.stack([extractor.get_frame(n) for n in range(extractor.num_frames_ready)])
