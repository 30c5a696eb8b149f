"""The village of `cercle.testing`: a running site with people of every kind, on a database of its own for each test."""

import os

# PostgreSQL needs a server: CERCLE_TEST_DATABASES=sqlite,postgres CERCLE_TEST_POSTGRES_URL=postgres://… pytest
os.environ.setdefault("CERCLE_TEST_DATABASES", "sqlite")

pytest_plugins = ["cercle.testing"]
