"""The comparison of several runs, made only from what each left on disk."""
