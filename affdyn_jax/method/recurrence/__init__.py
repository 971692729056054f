"""The GRU's loop over frames, and what runs it on each kind of device."""
