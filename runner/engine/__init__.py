"""The order in which things are done: gather, decide, apply, write back. One verb a file."""
