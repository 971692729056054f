"""The report's figures, each a function of what a run left on disk."""
