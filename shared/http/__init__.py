"""The careful way out, for connectors and channels alike: checked addresses, one deadline, nothing followed."""
