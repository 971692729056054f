"""The report of a run, made only from what the run left on disk."""
