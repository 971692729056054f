"""Words that `--lane` takes besides names of lanes (see `lane_choice.choose_lanes`)."""

BEST, MEAN = "best", "mean"
