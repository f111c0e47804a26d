"""The parts of peers.py: the same work by this package and by others, in turns."""
