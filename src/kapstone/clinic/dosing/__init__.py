"""The day of the dose: order, gate, session, discharge."""
