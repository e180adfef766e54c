"""Families of inputs that find faults: operands made to fit together, by what they are to show.

``names`` reads what was typed and needs no NumPy; ``make`` draws. Nothing is searched for: each
family derives its numbers from the formats and from how many products one output adds up.
"""
