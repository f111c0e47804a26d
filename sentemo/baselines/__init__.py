"""Baselines without a pre-trained encoder: classical features, and the largest class."""
