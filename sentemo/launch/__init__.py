"""Running the work of a stage: in processes of this machine, or as jobs of a Slurm cluster."""
