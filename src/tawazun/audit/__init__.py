"""What is in a benchmark or a training set, and what is wrong with it, before anybody trusts it."""

from tawazun.audit.benchmark import audit_benchmark
from tawazun.audit.records import Audit, Check, Finding, Outcome

__all__ = ["Audit", "Check", "Finding", "Outcome", "audit_benchmark"]
