"""Hostile and broken inputs, each with the answer that is wanted, in one table.

Every module yields the inputs of one kind. ``python -m hostile`` in the folder ``tests`` gives each
to the program in a process of its own, and prints the table; `test_hostile` does so too.
"""
