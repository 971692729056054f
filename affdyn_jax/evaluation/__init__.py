"""Scores of trained lanes, the choice of w, and tests of it (§4.3)."""
