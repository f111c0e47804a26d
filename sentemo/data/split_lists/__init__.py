"""Anybody's lists of the sides of a split: found, read and brought into one form."""
