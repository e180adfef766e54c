"""The one catalogue of explanations: it diagnoses, lists blind spots and plants faults.

``variant`` says what an explanation is; ``catalogue`` lists them, commonest first; the other
files make the changed convolutions, each of one kind.
"""
