"""Everything about the package is in pyproject.toml; tools that look for setup.py find this."""

from setuptools import setup

setup()
