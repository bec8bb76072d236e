"""Outside packages: the only room that imports them, each in a module of its own, and only when asked."""
