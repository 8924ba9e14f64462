"""Recordings of training that is over: a folder of weight checkpoints, from anywhere, becomes the frames of a run."""
