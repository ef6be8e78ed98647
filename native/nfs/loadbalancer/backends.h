/* The backends file, and the health bytes that somebody else writes. */
#ifndef NETVM_LOADBALANCER_BACKENDS_H
#define NETVM_LOADBALANCER_BACKENDS_H

#include "maglev.h"

struct backends {
	struct backend list[BACKENDS_MAX];
	uint32_t count;
	const volatile uint8_t *health; /* a byte for each backend, in the file's order: 0 is down; NULL: all are up */
};

/* Reads a backends file, one a line: NAME MAC. Returns 0, or -1 with `file:line: what was expected` in `error`. */
int backends_read(struct backends *b, const char *file, char *error, uint32_t error_bytes);

/* Maps the health file, at least a byte for each backend. Returns 0, or -1 with a sentence in `error`. */
int backends_watch(struct backends *b, const char *file, char *error, uint32_t error_bytes);

/* Gives back what was mapped. */
void backends_give_back(struct backends *b);

/* A bit for each backend that is up now. */
static inline uint64_t backends_up(const struct backends *b)
{
	uint64_t up = b->count == 64 ? ~0ull : (1ull << b->count) - 1;
	for (uint32_t i = 0; b->health && i < b->count; i++)
		up &= ~((uint64_t)(b->health[i] == 0) << i);
	return up;
}

#endif
