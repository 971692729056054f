"""Files, processes and signals: nothing here knows a word of the domain."""
