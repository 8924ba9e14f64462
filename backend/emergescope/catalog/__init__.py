"""What needs to know all studies: which there are, their presets, and configurations of any of them."""
