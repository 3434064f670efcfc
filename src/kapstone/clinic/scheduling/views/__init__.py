"""The pages of scheduling: the queue of requests, booking, the schedule, the public site."""
