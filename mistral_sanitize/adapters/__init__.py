"""One module for each HTTP client and server; import the one that you use."""
