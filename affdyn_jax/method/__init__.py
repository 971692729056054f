"""The paper's equations and network; arrays only."""
