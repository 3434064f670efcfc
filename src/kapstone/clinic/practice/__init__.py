"""The days between: walks at the fork, practices, check-ins, the journal."""
