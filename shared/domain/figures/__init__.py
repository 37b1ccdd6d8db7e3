"""What the service's figures mean: facts of a case from its events, and what facts add up to. Pure.

Everything here is a function of events, rules and an instant. The order in which events arrived does not matter.
"""
