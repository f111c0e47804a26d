"""Results as Markdown tables, and an experiment as one HTML file that needs no network."""
