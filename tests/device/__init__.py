"""What only a GPU can show, checked by one command on a machine that has one (see `__main__`)."""
