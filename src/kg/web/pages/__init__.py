"""Pages that lead to other pages: home, views of the whole, search and feeds."""
