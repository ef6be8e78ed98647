/* Maglev's consistent hashing (Eisenbud et al., NSDI 2016, section 3.4): equal shares, and little moves when a backend goes. */
#ifndef NETVM_LOADBALANCER_MAGLEV_H
#define NETVM_LOADBALANCER_MAGLEV_H

#include <stdint.h>

#define BACKENDS_MAX 64u
#define MAGLEV_SIZE 65537u /* a prime, a thousand times the backends: shares differ by less than 1 % */
#define MAGLEV_TRIES 8u

struct backend {
	char name[32];
	uint8_t mac[6];
};

struct maglev {
	uint8_t table[MAGLEV_SIZE];
	uint32_t backends;
};

/* Fills the table from the backends' names: the same names give the same table anywhere. n: 1 to BACKENDS_MAX. */
void maglev_fill(struct maglev *m, const struct backend *backends, uint32_t n);

/*
 * The backend for a hash, among those whose bit is set in `up` (not 0). Where the table's choice is down, the flow looks on
 * with hashes of its own: only the flows of the backend that is down move, and they spread over all others.
 */
static inline uint32_t maglev_pick(const struct maglev *m, uint32_t hash, uint64_t up)
{
	uint64_t x = hash * 0x9e3779b97f4a7c15ull;
	for (uint32_t i = 0; i < MAGLEV_TRIES; i++) {
		uint32_t b = m->table[(x >> 32) % MAGLEV_SIZE];
		if (up >> b & 1)
			return b;
		x = (x ^ x >> 29) * 0xbf58476d1ce4e5b9ull;
	}
	/* Nearly all are down: the first one up after where chance points. */
	uint32_t from = (uint32_t)(x >> 58);
	uint64_t turned = from ? up >> from | up << (64 - from) : up;
	return (from + (uint32_t)__builtin_ctzll(turned)) % 64;
}

#endif
