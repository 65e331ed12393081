"""Other engines behind our pages: they are asked what the embedded one is asked."""
