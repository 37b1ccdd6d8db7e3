"""What Meta's channels share.

`origin`, `bodies`, `webhook` and `social.elements` are standard library alone: webhooks use them.
"""
