"""The whole stage on one machine: the engine, the simulator and the gateway. Production code never imports it."""
