"""Parsers of corpora: each turns a release on the disk into utterances, without side effects."""
