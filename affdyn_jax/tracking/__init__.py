"""What follows a run while it trains, and takes its results over: lines of JSON and trackers."""
