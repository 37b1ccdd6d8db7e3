"""Satisfaction surveys: what is asked, of whom, when an answer counts, and what a typed word means. Pure."""
