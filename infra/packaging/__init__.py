"""``make package``: what is deployed, built here, without an account. docs/reference/packaging.md tells it whole.

``build`` goes through the steps; ``requirements`` says what the layer holds, ``wheels`` brings it, ``bytecode``
compiles it, ``archive`` writes a zip, ``serverless`` runs osls, for which ``no_stack`` stands in for CloudFormation.
"""
