/* What an NF says when it leaves: one line of JSON, its counters by name. */
#ifndef NETVM_NFS_REPORT_H
#define NETVM_NFS_REPORT_H

#include <stdint.h>
#include <stdio.h>

static inline void nf_report(const char *nf, const char *const *names, const uint64_t *values, uint32_t n)
{
	printf("{\"nf\":\"%s\"", nf);
	for (uint32_t i = 0; i < n; i++)
		printf(",\"%s\":%lu", names[i], values[i]);
	printf("}\n");
	fflush(stdout);
}

#endif
