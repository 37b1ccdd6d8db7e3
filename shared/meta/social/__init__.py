"""What Messenger and Instagram share: one messaging element is the same in both.

This file imports nothing: a webhook that imports `elements` must not pay for the models that `parse` needs.
"""
