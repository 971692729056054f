"""Rules that move the weights of states and dynamics during training."""
