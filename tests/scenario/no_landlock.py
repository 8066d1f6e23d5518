#!/usr/bin/env python3
"""Runs a command as on a kernel without Landlock: its first system call answers ENOSYS.
usage: no_landlock.py COMMAND ARG..."""
import ctypes, errno, os, struct, sys

CREATE_RULESET = 444  # the same number on every architecture
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, FILTER = 38, 22, 2
ERRNO, ALLOW = 0x00050000, 0x7FFF0000
rows = [(0x20, 0, 0, 0),                                # number of the call
        (0x15, 0, 1, CREATE_RULESET),                   # another: skip one
        (0x06, 0, 0, ERRNO | errno.ENOSYS), (0x06, 0, 0, ALLOW)]
code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *r) for r in rows))
program = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(rows), ctypes.addressof(code)))
libc = ctypes.CDLL(None, use_errno=True)
if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.prctl(PR_SET_SECCOMP, FILTER, ctypes.byref(program), 0, 0):
    sys.exit("no_landlock: " + os.strerror(ctypes.get_errno()))
os.execv(sys.argv[1], sys.argv[1:])
