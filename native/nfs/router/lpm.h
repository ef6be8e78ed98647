/*
 * Longest prefix match. A table indexed by the first bits of an address, then tables of 256 for a byte each: with 24 first
 * bits and IPv4 that is DIR-24-8 (Gupta, Lin, McKeown, INFOCOM 1998), one or two loads; IPv6 takes one more a byte.
 */
#ifndef NETVM_ROUTER_LPM_H
#define NETVM_ROUTER_LPM_H

#include <stdint.h>

#include "../../abi/bytes.h"

#define LPM_NODES 8192u          /* tables of 256; a route behind the first bits takes one a byte, shared with its neighbours */
#define LPM_CHILD 0x8000u        /* the rest is a node's number, not a value */
#define LPM_VALUE_MAX 0x7fffu
#define LPM_NONE 0u

struct lpm {
	uint16_t *first;
	uint16_t (*nodes)[256];
	uint32_t first_bytes; /* 2 or 3 */
	uint32_t nodes_used;
};

/* Takes the memory, or empties what was taken before. Returns 0, or -1 with a sentence in `error`. */
int lpm_open(struct lpm *t, uint32_t first_bytes, char *error, uint32_t error_bytes);

/* Gives the memory back. */
void lpm_give_back(struct lpm *t);

/* Adds a route; value 1 to LPM_VALUE_MAX. Shorter prefixes must come before longer ones. Returns -1 where LPM_NODES are used up. */
int lpm_add(struct lpm *t, const uint8_t *address, uint32_t length, uint16_t value);

/* The value of the longest prefix of an address (in network order, long enough for the longest prefix added), or LPM_NONE. */
static inline uint16_t lpm_find(const struct lpm *t, const uint8_t *address)
{
	uint32_t at = t->first_bytes;
	uint32_t index = at == 3 ? (uint32_t)netvm_be16(address) << 8 | address[2] : netvm_be16(address);
	uint16_t v = t->first[index];
	while (v & LPM_CHILD) /* a level a byte: no route is deeper than its address */
		v = t->nodes[v & LPM_VALUE_MAX][address[at++]];
	return v;
}

#endif
