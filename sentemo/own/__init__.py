"""From a user's own list of recordings to a table, a page and a model, in one process."""
