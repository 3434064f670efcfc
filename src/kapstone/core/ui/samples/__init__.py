"""
Fixed sample data for the style guide and the golden tests.

Names are trees, not people; limits and shapes are for show and belong to no clinic.
"""
