"""
How entries travel from a tablet in the room to the record, whatever fails on the way.

Pure: no Django, no clock, no chance. Times, ids and jitter are handed in, so that a drill can
replay any schedule from its seed and the browser can be held against the same vectors.

- ``envelope``: one event as it travels, its fingerprint and the chain from event to event
- ``outbox``: the tablet's queue: write, tick 1, batch, answer, tick 2, purge
- ``pace``: when to try again
- ``clocks``: what the server's clock says, as the tablet reckons it, and how sure that is
- ``lease``: which tablet may give the drug, numbered so that an old holder is known
- ``judging``: what the server does with each event of a batch
- ``room``: what a set of events says, in whatever order they came
"""
