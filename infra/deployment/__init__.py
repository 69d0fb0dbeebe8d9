"""``make deploy`` and ``make destroy``: a stage in an AWS account, made and taken away. docs/reference/deploying.md.

``__main__`` is the command line. ``deploy`` and ``destroy`` go through their steps, with what the others know:
``account`` (whose it is, and what AWS's refusals mean), ``artifacts`` (what is uploaded for CloudFormation), ``stack``
(CloudFormation itself), ``page``, ``sessions`` (OnAir's own code, told where the stage is), ``door`` (nobody new comes
in), ``buckets``, ``leftovers`` (what is still there).
"""
