"""A sick registry: a server with every fault that registries and networks have, on loopback addresses.

`catalogue.SCENARIOS` lists the faults; those of one family are in one module of `faults`. `server.SickRegistry` serves
them, each with ports and a state of its own; `judge` pulls and says whether the pull survived or explained itself.
``python -m tests.sick`` serves them for use by hand.
"""
