"""Where the work of a stage runs: on this machine, or as jobs of a Slurm cluster."""
