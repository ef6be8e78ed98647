/*
 * Counts loss, duplicates and reordering from sequence numbers that start at 0. A number that is passed over is missing; one
 * that was missing and comes late was reordered; any other late one is a duplicate.
 */
#ifndef NETVM_GEN_SEQUENCE_H
#define NETVM_GEN_SEQUENCE_H

#include <stdint.h>

#define SEQUENCE_WINDOW 262144u /* how far back a late packet is still recognised; a power of two */

struct sequence {
	uint64_t next; /* the number expected */
	uint64_t missing;
	uint64_t reordered;
	uint64_t duplicates;
	uint64_t *missing_at; /* [number % WINDOW] = number + 1 where that number is missing */
};

int sequence_init(struct sequence *s);
void sequence_reset(struct sequence *s);

/* A number other than the expected one. Returns how many numbers became missing. */
uint64_t sequence_unexpected(struct sequence *s, uint64_t number);

static inline uint64_t sequence_received(struct sequence *s, uint64_t number)
{
	if (__builtin_expect(number == s->next, 1)) {
		s->next++;
		return 0;
	}
	return sequence_unexpected(s, number);
}

#endif
