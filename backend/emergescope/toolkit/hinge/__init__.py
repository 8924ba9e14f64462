"""The two-layer network on the hinge loss, its rivals with fixed features, and how they are trained and looked at."""
