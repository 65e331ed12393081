"""One module for each kind of test: Case → Outcome. pytest runs some of them too, one by one."""
