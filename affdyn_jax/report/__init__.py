"""The report of a run, made from what the run left on disk and nothing else."""
