"""What an answer shows, as facts: header fields, bodies that are no document, words, rate limits. No I/O."""
