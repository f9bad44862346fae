"""One file a template, readable as text, from which workbooks are built."""
