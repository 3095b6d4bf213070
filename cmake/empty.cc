// Only here to have the precompiled headers of the whole tree built with.
