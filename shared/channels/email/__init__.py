"""E-mail: raw bytes of a mail in, one event out. Imports nothing."""
