"""The promises that the AWS and the embedded implementations keep, and those of channels and connectors.

Every implementation passes the contract suite in `tests/engine/`. Names are imported from the module that is about
them: this one imports nothing, because a webhook, which only queues, would pay for the table's at every cold start.
"""
