"""The HTTP API's conventions, the same for every route: what a request must be, who sends it, how an error is answered,
what is done once only, and the contract that is generated from all of it. The routes are in tasks/triggers/routes.
"""
