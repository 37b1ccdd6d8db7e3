"""Stand-ins for the providers that the hub sends to: separate systems that happen to live on this machine."""
