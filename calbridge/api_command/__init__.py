"""`calbridge api`: any endpoint of the Enterprise API from the shell, by its declaration alone.

- parameters.py: what a request's model takes, by key; arguments.py: `key=value` words -> a request, or problems.
- calling.py: a request -> what the platform answers; answers.py: that as JSON and as text, secrets masked.
- manual.py: the list of methods, and each one's help; completion.py: the shell's.
"""
