/* Several ways to look up the same keys in the same table: our NFs' own, and DPDK's libraries. */
#ifndef NETVM_BENCH_LOOKUP_H
#define NETVM_BENCH_LOOKUP_H

#include <stdint.h>

#define LOOKUP_BURST 64u
#define LOOKUP_KEYS 4096u

struct lookup {
	const char *name;
	/* Looks up LOOKUP_BURST keys, from the first-th on. */
	void (*burst)(uint32_t first);
	/* What came of the i-th key of the last burst: the route's value, the rule's number from 1 on; 0: nothing. */
	uint32_t (*value)(uint32_t i);
};

/* Each set has ours first; its last has no name. */
extern const struct lookup lookup_routes[], lookup_rules[];

/* The most there may be. */
#define LOOKUP_ROUTES 10000u
#define LOOKUP_RULES 10000u

/* Build so many routes or rules, the same each time, into each of the set's tables. DPDK is initialised. Return 0, or -1 with a sentence in `error`. */
int lookup_routes_start(uint32_t routes, char *error, uint32_t error_bytes);
int lookup_rules_start(uint32_t rules, char *error, uint32_t error_bytes);

/* xorshift's numbers. */
static inline uint32_t lookup_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return (uint32_t)(*state >> 16);
}

#endif
