"""Features of pretrained speech encoders: Flax networks that read the published checkpoints."""
