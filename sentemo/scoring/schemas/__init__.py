"""Schemas of ``experiment.json`` and of each kind of ``scores.json``; see `sentemo.core.schema`."""
