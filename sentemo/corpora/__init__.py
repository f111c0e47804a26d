"""One parser per corpus: from what is on the disk to utterances, without side effects."""
