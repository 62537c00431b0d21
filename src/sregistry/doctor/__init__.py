"""What asks after a failure, or instead of a pull: the second look, and the walk of the whole way."""
