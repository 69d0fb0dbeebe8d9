"""What a session costs: prices as dated data, usage in, money out. Pure.

``price_list`` reads the prices of a region, ``usage`` says what was used, ``cost`` makes money of both, ``estimate`` of
an hour that has not been yet. The rules are those of facts §11; docs/reference/prices.md tells them to people.
"""
