"""Stories: what happens on channels, in tools and among staff, played into an empty hub in memory."""
