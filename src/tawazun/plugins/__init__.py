"""Other people's tools: every instrument as an Inspect task, benchmarks as tasks of lm-evaluation-harness."""
