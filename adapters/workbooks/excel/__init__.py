"""Excel workbooks: read by calamine, written by patching only our own cells inside the file's parts."""
