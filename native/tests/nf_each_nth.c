/* An NF whose variables tell its instances apart: it drops each nth packet that *it* has seen, n being its one option. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../abi/nf.h"
#include "../abi/region.h"

static uint64_t each, seen;

static int start(int argc, char **argv, char *error, uint32_t error_bytes)
{
	each = argc == 1 ? strtoul(argv[0], NULL, 10) : 0;
	if (each == 0)
		snprintf(error, error_bytes, "expected one option: a number above 0");
	return each == 0 ? -1 : 0;
}

static void process(struct netvm_packet *packets, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		if (++seen % each == 0)
			packets[i].action = NETVM_ACTION_DROP;
	}
}

/* What it has seen goes where netvmd's tests look. */
static void stop(void)
{
	printf("{\"nf\":\"each-nth\",\"seen\":%lu}\n", seen);
	fflush(stdout);
}

const struct netvm_nf netvm_nf = {.name = "each-nth", .start = start, .process = process, .stop = stop};
