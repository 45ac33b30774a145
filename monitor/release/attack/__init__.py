"""The attack on a release before anybody sees it: what an outsider, an institution and a pair could learn at most.

``audit.audit`` is the whole of it; ``report.Audit`` what it finds, which is light to import for who only reads it.
"""
