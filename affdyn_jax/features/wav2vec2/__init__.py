"""wav2vec 2.0 features: a Flax encoder that reads the published checkpoints."""
