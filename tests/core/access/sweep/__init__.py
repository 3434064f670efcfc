"""The sweep: every principal, every relation, every route, every method, every canary."""
