"""Reconciliation Service API 0.2."""
