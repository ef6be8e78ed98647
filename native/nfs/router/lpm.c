#include "lpm.h"

#include "../common/memory.h"

int lpm_open(struct lpm *t, uint32_t first_bytes, char *error, uint32_t error_bytes)
{
	t->first_bytes = first_bytes;
	t->nodes_used = 0;
	if (nf_table((void **)&t->first, sizeof t->first[0] << (first_bytes * 8), "routes", error, error_bytes) != 0)
		return -1;
	return nf_table((void **)&t->nodes, LPM_NODES * sizeof t->nodes[0], "routes", error, error_bytes);
}

void lpm_give_back(struct lpm *t)
{
	nf_give_back((void **)&t->first);
	nf_give_back((void **)&t->nodes);
}

/* The table below an entry; a new one is filled with what the entry said. NULL where there is none left. */
static uint16_t *child_of(struct lpm *t, uint16_t *entry)
{
	if (*entry & LPM_CHILD)
		return t->nodes[*entry & LPM_VALUE_MAX];
	if (t->nodes_used == LPM_NODES)
		return NULL;
	uint16_t *node = t->nodes[t->nodes_used];
	for (uint32_t i = 0; i < 256; i++)
		node[i] = *entry;
	*entry = (uint16_t)(LPM_CHILD | t->nodes_used++);
	return node;
}

int lpm_add(struct lpm *t, const uint8_t *address, uint32_t length, uint16_t value)
{
	uint16_t *table = t->first;
	uint32_t bits = t->first_bytes * 8, index = 0, at = 0;
	for (; at < t->first_bytes; at++)
		index = index << 8 | address[at];
	while (length > bits) {
		table = child_of(t, &table[index]);
		if (!table)
			return -1;
		index = address[at++];
		length -= bits;
		bits = 8;
	}
	uint32_t same = 1u << (bits - length); /* entries this prefix covers */
	index &= ~(same - 1);
	for (uint32_t i = 0; i < same; i++)
		table[index + i] = value;
	return 0;
}
