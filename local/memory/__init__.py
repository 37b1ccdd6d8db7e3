"""The ports in memory: as exact as the embedded run's, on a clock that the caller moves, and many times faster.

For stories told at a stroke and for the proofs that visit every interleaving and every crash point.
"""
