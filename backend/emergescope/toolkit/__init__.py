"""What several studies share and none owns. Each module is imported by itself: some know torch, some must not."""
