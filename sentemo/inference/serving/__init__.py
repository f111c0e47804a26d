"""The page of `sentemo serve`: a model to try in the browser, which keeps no recording."""
