"""Every Lambda entry point: one file, one verb. ``@task`` turns a function of one value into a handler."""
