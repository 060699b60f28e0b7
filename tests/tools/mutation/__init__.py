"""Mutation: one line of the core changed at a time, and the tests asked whether they notice.

``python -m tests.tools.mutation`` runs it, ``--score`` prints what the last whole run found.
`mutants` says how a line is changed, `runner` asks the tests, `survivors` lists what they did not
notice and why that is right.
"""
