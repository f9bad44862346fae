"""The same five-step job with one side effect, killed in the middle of it, on Rowpact and on its peers; and their throughput.

Invariant: one service counts the effects of all, one disk carries the data of all; nothing is printed that was not measured here.
"""
