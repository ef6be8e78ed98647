#include "maglev.h"

#include <string.h>

/* FNV-1a, then a mix: names that differ in one digit must not have near permutations. */
static uint64_t hash_name(const char *name, uint64_t seed)
{
	uint64_t h = 0xcbf29ce484222325ull ^ seed;
	for (; *name; name++)
		h = (h ^ (uint8_t)*name) * 0x100000001b3ull;
	h = (h ^ h >> 33) * 0xff51afd7ed558ccdull;
	return h ^ h >> 33;
}

void maglev_fill(struct maglev *m, const struct backend *backends, uint32_t n)
{
	uint64_t at[BACKENDS_MAX], skip[BACKENDS_MAX];
	for (uint32_t b = 0; b < n; b++) {
		at[b] = hash_name(backends[b].name, 0) % MAGLEV_SIZE;
		skip[b] = hash_name(backends[b].name, 0x5bd1e995) % (MAGLEV_SIZE - 1) + 1;
	}
	memset(m->table, 0xff, sizeof m->table);
	m->backends = n;
	for (uint32_t filled = 0; filled < MAGLEV_SIZE;) {
		for (uint32_t b = 0; b < n && filled < MAGLEV_SIZE; b++, filled++) {
			while (m->table[at[b]] != 0xff)
				at[b] = (at[b] + skip[b]) % MAGLEV_SIZE;
			m->table[at[b]] = (uint8_t)b;
		}
	}
}
