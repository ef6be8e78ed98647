/* A line of output, random numbers, the clock. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/random.h>

#include "../../nfs/common/clock.h"
#include "guest.h"

static char text[4096];
static uint32_t used;

#undef stdout
FILE *const stdout = NULL; /* there is one output, and no need to tell which */

int fflush(FILE *f)
{
	(void)f;
	guest_call2(MICROVM_PRINT, (uint64_t)text, used);
	used = 0;
	return 0;
}

int printf(const char *restrict format, ...)
{
	int bytes = 0;
	for (int turn = 0; turn < 2; turn++) {
		va_list values;
		va_start(values, format);
		bytes = vsnprintf(text + used, sizeof text - used, format, values);
		va_end(values);
		if (bytes < 0)
			return bytes;
		if ((uint32_t)bytes < sizeof text - used) {
			used += (uint32_t)bytes;
			return bytes;
		}
		fflush(stdout);
	}
	errno = EOVERFLOW; /* longer than all the room there is */
	return -1;
}

ssize_t getrandom(void *to, size_t bytes, unsigned flags)
{
	(void)flags;
	return guest_call2(MICROVM_RANDOM, (uint64_t)to, bytes);
}

/* Known to netvm-microvm, and need not be measured: a guest has no other clock. */
uint64_t nf_ticks_hz(void)
{
	return BOOT->tsc_hz;
}
