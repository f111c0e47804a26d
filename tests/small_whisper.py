"""A small Whisper of random weights, as a directory of Hugging Face has it: its encoder alone."""

import json

import torch
from safetensors.torch import save_file

from sentemo.modules.encoders.whisper import WhisperEncoder

SIZES = {"d_model": 8, "encoder_layers": 3, "encoder_attention_heads": 2, "encoder_ffn_dim": 12}


def write_small_whisper(folder):
    """Write the directory, and return it."""
    folder.mkdir()
    described = {"model_type": "whisper", "num_mel_bins": 80, **SIZES}
    (folder / "config.json").write_text(json.dumps(described))
    torch.manual_seed(0)
    weights = WhisperEncoder(80, 8, num_layers=3, heads=2, units=12).state_dict()
    save_file({f"model.encoder.{k}": v for k, v in weights.items()}, folder / "model.safetensors")
    return folder
