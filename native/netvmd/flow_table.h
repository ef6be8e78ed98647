/*
 * Which flows there are, by 5-tuple: an exact match on up to 4 M of them, IPv4 and IPv6, for one thread. Goal: a burst over a
 * million flows costs one access to memory a packet, and those of a burst at once. Nothing here allocates, locks, calls the
 * system or takes more steps than a bucket has places, but for making and unmaking the table.
 *
 * A flow may be in any of the 32 places of one bucket, chosen by a hash with a secret seed. A bucket is a line of 32 signatures
 * of 16 bits, so those of a million flows take 3.1 MB and stay in a cache; the entries themselves, a line each, do not. An entry
 * never moves: whoever remembers its index finds it again.
 */
#ifndef NETVM_NETVMD_FLOW_TABLE_H
#define NETVM_NETVMD_FLOW_TABLE_H

#include "../abi/flow.h"

#define FLOW_TABLE_MIN 32u
#define FLOW_TABLE_MAX (1u << 22)
#define FLOW_BATCH 64u
#define FLOW_FOREVER UINT64_MAX

struct flow_entry {
	_Alignas(64) struct netvm_flow flow;
	uint64_t expires;   /* ticks; free where that is not after now. FLOW_FOREVER: an exact rule, never ages, never evicted */
	uint16_t chain;     /* what the owner keeps of it: */
	uint16_t route;
	uint16_t epoch;
	uint8_t generation; /* grows each time the entry gets another flow, and is never 0 then: who remembers (index, generation) notices */
};
_Static_assert(sizeof(struct flow_entry) == 64, "a look-up reads one cache line of it");

/* What is found of a burst. */
struct flow_batch {
	struct netvm_flow flow[FLOW_BATCH]; /* undefined where there is none */
	uint32_t hash[FLOW_BATCH];          /* netvm_flow_hash; 0 where there is no flow */
	struct flow_entry *entry[FLOW_BATCH];
	uint64_t has_flow; /* bit i: packet i has a 5-tuple */
};

struct flow_table;

/*
 * Room for so many flows, a power of two; in fact half as many more, so that hardly one of them has to go for want of a place. All memory is
 * taken here, on huge pages where the kernel has them to give, near the core that this runs on. NULL with a sentence in `error`.
 */
struct flow_table *flow_table_create(uint32_t capacity, char *error, uint32_t error_bytes);
void flow_table_destroy(struct flow_table *t);

/* Frames of a burst (1 to 64) become a batch: entry[i] is NULL where packet i has no flow, or that is not there or expired. Changes no entry. */
void flow_table_find(const struct flow_table *t, const uint8_t *const *frames, const uint16_t *lengths, uint32_t n, uint64_t now,
		     struct flow_batch *batch);

/* One flow's entry, or NULL where it is not there or expired. */
struct flow_entry *flow_table_get(const struct flow_table *t, const struct netvm_flow *flow, uint32_t hash, uint64_t now);

/*
 * A place for a flow that is not there (the packet before it may have brought it: see flow_table_get): a free or expired one, else the one
 * that would expire first; NULL where every place it may have is an exact rule's. The entry has the flow, the next generation, and
 * 0 elsewhere: it is the flow's once the caller has set `expires`.
 */
struct flow_entry *flow_table_add(struct flow_table *t, const struct netvm_flow *flow, uint32_t hash, uint64_t now);

/* The entry is free. */
void flow_table_remove(struct flow_table *t, struct flow_entry *entry);

/* Looks at the next so many buckets in turn and frees what has expired, so that flow_table_used says so. Look-ups need none of it. */
void flow_table_age(struct flow_table *t, uint64_t now, uint32_t buckets);
uint32_t flow_table_buckets(const struct flow_table *t);

/* An entry's number, below 3/2 of the capacity, and back. */
uint32_t flow_table_index(const struct flow_table *t, const struct flow_entry *entry);
struct flow_entry *flow_table_at(const struct flow_table *t, uint32_t index);

/* As it was asked for. */
uint32_t flow_table_capacity(const struct flow_table *t);

/* Places that are taken: by living flows, and by expired ones that neither flow_table_add nor flow_table_age has come upon yet. */
uint32_t flow_table_used(const struct flow_table *t);

/* Living flows that had to make room for others, ever. */
uint64_t flow_table_evicted(const struct flow_table *t);

#endif
