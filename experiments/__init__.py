"""The paper's tables and figures and the studies of its supplement, each made by one command."""
