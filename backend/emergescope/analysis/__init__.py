"""Pure functions of tensors: what can be said of a network's weights and features. Knows no configuration."""
