"""Commands of ``kg`` by task; ``kg.cli`` registers them."""
