"""Arousal, valence and their dynamics from speech: a whole w-sweep as one JAX program."""
