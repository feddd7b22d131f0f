"""propflow: typed, durable workflows and exact scoring for property-management systems."""
