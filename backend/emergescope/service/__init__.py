"""Service: submit, cancel, recover; the only writer of the store. Used by api/ and the command line."""
