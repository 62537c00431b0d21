"""What this process may have of its machine: memory, threads, processes and open files.

`limits` reads what is allowed, `plan` chooses how much to do at once, `threads` goes on with fewer threads than were
wanted, `memory` keeps libraries from being called where they would fail badly, and `errors` names the limit that was
met. What the machine lacks is never the fault of an image or a registry.
"""
