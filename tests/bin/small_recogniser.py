"""Configurations of a tiny CTC recogniser, and of what is trained upon it."""

SHARED = {
    "preencoder": "frame_stacking",
    "encoder": "blstm",
    "encoder_conf": {"num_layers": 1, "units": 4},
    "num_workers": 0,
    "max_epoch": 1,
    "optim": "adam",
    "keep_nbest_models": 1,
    "use_matplotlib": False,
    "num_att_plot": 0,
}
CTC = {
    **SHARED,
    "model": "ctc",
    "model_conf": {"ctc_weight": 1.0},
    "normalize": "global_mvn",
    "feature_type": "fbank40",
    "batch_type": "numel",
    "batch_bins": 8000,
    "best_model_criterion": [["valid", "cer", "min"]],
}
FROZEN = {  # upon the encoder of the recogniser
    **{key: SHARED[key] for key in SHARED if not key.startswith(("encoder", "preencoder"))},
    "model_conf": {"freeze_encoder": True},
    "decoder_conf": {"units": 4, "heads": 2, "head_size": 3},
    "batch_type": "folded",
    "batch_size": 4,
    "fold_length": [1000],
    "best_model_criterion": [["valid", "loss", "min"]],
}
