"""What changes a payload: the walk, the request's fields, the messages and their order."""
