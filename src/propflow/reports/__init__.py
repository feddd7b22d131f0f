"""Reports for people: diagrams of workflows, deduction sheets and timelines."""
