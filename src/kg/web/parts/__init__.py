"""What pages are made of: tables, figures, issues, timelines and charts."""
