"""Open hours: calendars, holidays and the clocks of service levels. Pure."""
