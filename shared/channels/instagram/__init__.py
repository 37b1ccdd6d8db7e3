"""Instagram: `webhook` verifies and splits, `parse` reads one element.

This file imports nothing: a webhook that imports `webhook` must not pay for the models that `parse` needs.
"""
