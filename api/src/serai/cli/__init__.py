"""The command line: `serai`."""
