"""Jobs: where runs are executed. Nothing above this room knows which executor it is.

Import from the modules: this file stays empty, so that a new worker can watch its server before it imports torch.
"""
