"""Daily and weekly reviews: figures of a day or a week against what was usual before."""
