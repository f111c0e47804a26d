"""What the tests' trainings have in common, to be quick."""

SCHEDULE = {
    "batch_type": "folded",
    "batch_size": 4,
    "fold_length": [1000],
    "num_workers": 0,
    "max_epoch": 1,
    "optim": "adam",
    "optim_conf": {"lr": 0.02},
    "best_model_criterion": [["valid", "loss", "min"]],
    "early_stopping_criterion": ["valid", "loss", "min"],
    "keep_nbest_models": 1,
    "use_matplotlib": False,
    "num_att_plot": 0,
    "resume": True,
}
