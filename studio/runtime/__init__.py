"""The embedded mode: what `make run` starts on one machine, and how all of it stops again.

`layout` says where things are, `programs` what runs, `supervisor` runs it, `preparation` makes the
home ready, `processes` sees to it that nothing stays behind. `diagnosis` is what `manage.py doctor` says.
"""
