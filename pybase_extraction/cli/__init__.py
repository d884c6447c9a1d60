"""The command line: ``pybase-extract``.

Results go to standard output; progress, logs and errors go to standard error.  Exit status: 0 everything is well, 1 an
extraction failed or is partial, 2 the command was used wrongly.
"""
