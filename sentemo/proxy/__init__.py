"""Proxy labels for pre-training: predictions of a model of another medium for the corpus."""
