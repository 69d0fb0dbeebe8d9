"""The steps of the sweep: sessions that are not as they should be, and resources that no session owns."""
