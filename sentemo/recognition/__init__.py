"""Speech recognition: training, transcripts, times of words."""
