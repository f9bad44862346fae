"""Everything with a vendor's name, one file each; a file's name is the word that the owner uses for it."""
