"""What a run leaves behind: frames and their bytes, events, checkpoints."""
