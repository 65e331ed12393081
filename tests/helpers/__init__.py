"""What tests of several packages use. A helper of one folder's tests stands in that folder."""
