"""Commands of ``kg`` by the work that they are for; ``kg.cli`` puts them together."""
