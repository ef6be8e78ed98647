/* Numbers of the command line. */
#ifndef NETVM_BASE_NUMBER_H
#define NETVM_BASE_NUMBER_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/*
 * A whole number from low to high, and nothing else in `text`. Returns 0, or -1 with a sentence on stderr and *to as it was: the caller
 * exits with status 2.
 */
static inline int read_number(const char *text, int low, int high, int *to)
{
	char *end;
	errno = 0;
	long value = strtol(text, &end, 10);
	if (end == text || *end != 0 || errno != 0 || value < low || value > high) {
		fprintf(stderr, "%s: expected a number from %d to %d\n", text, low, high);
		return -1;
	}
	*to = (int)value;
	return 0;
}

#endif
