"""The tests: `rules/` has the rows of every rule, `tools/` what is run by hand."""
