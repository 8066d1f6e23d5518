#!/bin/sh
# The node of scenario p071: it sends without writing its exchange log.  usage: unlogged.sh feed.c >patched.c
# Fails if the place is no longer there.
awk '/return audit_exchange\(&sink, head->agreement/ { print "\tif (d == FEED_OURS) return ENT_OK;"; found = 1 }
	{ print } END { exit !found }' "$1"
