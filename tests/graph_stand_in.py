"""What programs for CUDA graphs and streams do, where there is no GPU: all of it in turn."""

import contextlib


def replace_graphs_and_streams(monkeypatch):
    """Let the functions that graphs would replay be called, on the only stream there is."""
    import torch
    from torch.utils._pytree import tree_leaves

    from third_party.pytorch_baseline import captured

    def record(function, start_again, stream):
        function()
        start_again()
        results = function()
        start_again()

        def replay():
            pairs = zip(tree_leaves(results), tree_leaves(function()), strict=True)
            with torch.inference_mode():
                for result, new in pairs:
                    result.copy_(new)

        return replay, results

    monkeypatch.setattr(captured, "_record", record)
    monkeypatch.setattr(torch.cuda, "Stream", lambda: None)
    monkeypatch.setattr(torch.cuda, "stream", lambda stream: contextlib.nullcontext())
    monkeypatch.setattr(torch.cuda, "synchronize", lambda: None)
