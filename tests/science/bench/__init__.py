"""What a million virtual patients cost, beside what other solvers cost, in one run."""
