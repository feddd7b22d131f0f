"""How good: rule books, findings and exact deductions; pure, without I/O."""
