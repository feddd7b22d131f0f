"""One durable step on databases, beside the same step by hand and beside peers."""
