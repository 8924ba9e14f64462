"""Recorders for loops that are somebody else's: of PyTorch's optimizers, Lightning, Hugging Face's Trainer, and Keras.

Each module imports its library, and nothing else imports the module. For JAX there is none: hand its arrays to
`Recorder.snapshot` (docs/record.md).
"""
