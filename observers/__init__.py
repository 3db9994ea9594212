"""The subscribers. Each knows events and nothing else, and none knows another: remove any one, and the rest goes on."""
