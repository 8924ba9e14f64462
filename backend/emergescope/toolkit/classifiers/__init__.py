"""Networks for many classes and their training: SGD on the cross-entropy."""
