"""Journeys: one customer's pursuit of one goal, across cases, contacts and channels. Pure.

`events.py` makes steps of what happened in a customer's cases, `threads.py` says which steps belong together,
`derive.py` what became of each journey, `measures.py` and `sankey.py` what many of them show. Nothing is typed by hand,
and the order in which events arrived does not matter.
"""
