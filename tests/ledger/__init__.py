"""How well diagnostics find faults that we put into references, and how often they report a reference without one.

    python -m tests.ledger                      the datasets of this repository
    python -m tests.ledger references/x         one dataset, in any folder
    python -m tests.ledger SOURCE.hi REFERENCE.en    two files with one segment per line

Each corruption changes one thing in one text: a number, a unit, a name. Detection is the share of the corrupted texts
that the diagnostic marks, of those that it did not mark before. False alarms are the share of the texts as they were
that it marks, of those that it could. `test_figures.py` asserts what the page of each diagnostic promises.
"""
