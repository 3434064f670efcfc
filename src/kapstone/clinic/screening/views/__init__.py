"""The pages of screening: the queue, the table of one person, and the decision."""
