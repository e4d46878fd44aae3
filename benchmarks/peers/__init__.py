"""The same work items by other programs, set up as a skilled user of each would.

Every module offers functions that build a problem and return a callable: called, it solves from the same start and
returns the observable of the item. Nothing but that call is timed.
"""
