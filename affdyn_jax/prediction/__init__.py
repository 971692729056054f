"""A trained model at work: on recordings, and on sound that arrives."""
