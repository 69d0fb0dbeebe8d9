# Every target is one call, which works without make too: python3 -m infra.dev <target>   (Windows: py -m infra.dev <target>)
PYTHON ?= python3

.PHONY: help demo up test check test-slow test-faults test-faults-pairs soak bench smoke-aws openapi screenshots package deploy destroy permissions

help:   ## what there is
	@$(PYTHON) -m infra.dev help

demo:   ## a session goes on air and comes off again, here, and leaves nothing behind
	@$(PYTHON) -m infra.dev demo $(ARGUMENTS)

up:     ## the local stage, until Ctrl-C
	@$(PYTHON) -m infra.dev up $(ARGUMENTS)

test:   ## everything
	@$(PYTHON) -m infra.dev test

check:  ## the gate, in under a minute
	@$(PYTHON) -m infra.dev check

test-slow: ## hundreds of random days, every fault by itself, a hundred sessions at once
	@$(PYTHON) -m infra.dev test-slow

test-faults: ## every call, event and function of a show broken in turn: nothing is left behind
	@$(PYTHON) -m infra.dev test-faults

test-faults-pairs: ## two faults at once, too: for hours, or ARGUMENTS="--minutes 60"
	@$(PYTHON) -m infra.dev test-faults-pairs $(ARGUMENTS)

soak:   ## simulated shows at high speed for an hour, with random faults
	@$(PYTHON) -m infra.dev soak

bench:  ## what control costs and how long it takes, beside what people use instead: docs/benchmarks.md
	@$(PYTHON) -m infra.dev bench $(ARGUMENTS)

smoke-aws: ## one short session on a real account, after a yes: it costs money. ARGUMENTS=--rehearse: here, for nothing
	@$(PYTHON) -m infra.dev smoke-aws $(if $(STAGE),--stage $(STAGE)) $(ARGUMENTS)

openapi: ## docs/reference/openapi.json, written anew from the code
	@$(PYTHON) -m infra.dev openapi

screenshots: ## the pictures of the page in docs/images, taken anew (needs Chromium)
	@$(PYTHON) -m infra.dev screenshots

package: ## what is deployed, built offline and without an account: ARGUMENTS="--twice" compares two builds
	@$(PYTHON) -m infra.dev package $(ARGUMENTS)

deploy: ## a stage in an AWS account, made or brought up to date: make deploy STAGE=dev
	@$(PYTHON) -m infra.dev deploy $(if $(STAGE),--stage $(STAGE)) $(ARGUMENTS)

destroy: ## a stage taken away, and a look whether anything is left: make destroy STAGE=dev
	@$(PYTHON) -m infra.dev destroy $(if $(STAGE),--stage $(STAGE)) $(ARGUMENTS)

permissions: ## infra/aws/roles/, written anew from what the functions are heard to call
	@$(PYTHON) -m infra.dev permissions $(ARGUMENTS)
