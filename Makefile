# Every target is one call, which works without make too: python3 -m infra.dev <target>   (Windows: py -m infra.dev <target>)
PYTHON ?= python3

.PHONY: help demo up test check soak openapi

help:   ## what there is
	@$(PYTHON) -m infra.dev help

demo:   ## a session goes on air and comes off again, here, and leaves nothing behind
	@$(PYTHON) -m infra.dev demo

up:     ## the local stage, until Ctrl-C
	@$(PYTHON) -m infra.dev up

test:   ## everything
	@$(PYTHON) -m infra.dev test

check:  ## the gate, in under a minute
	@$(PYTHON) -m infra.dev check

soak:   ## hundreds of random days of a host session, and every fault of it
	@$(PYTHON) -m infra.dev soak

openapi: ## docs/reference/openapi.json, written anew from the code
	@$(PYTHON) -m infra.dev openapi
