"""Proxy labels: what a model of another medium says of the corpus, to pre-train on."""
