#include "flow_table.h"

#include <emmintrin.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>

#define WAYS 8u
#define SEEDS 5u
#define HUGE_PAGE_BYTES (2ull << 20)

/* A bucket's signatures, side by side, to be compared at once. 0: the place is free. */
struct bucket {
	_Alignas(16) uint16_t signature[WAYS];
};

struct flow_table {
	struct bucket *buckets;
	struct flow_entry *entries; /* WAYS to each bucket */
	uint32_t buckets_count;
	uint32_t capacity;
	uint32_t used;
	uint32_t hand; /* the place that is looked at next whether its flow has expired */
	uint64_t evicted;
	uint64_t seed[SEEDS];
	void *memory;
	size_t bytes;
};

/* Where a flow may be. */
struct probe {
	uint32_t bucket[2];
	uint16_t signature;
};

static uint32_t places(const struct flow_table *t)
{
	return t->buckets_count * WAYS;
}

/* Anonymous memory that begins on a huge page's bound, all of it there: the first packet of a flow takes no page fault. */
static void *take_memory(size_t bytes)
{
	char *all = mmap(NULL, bytes + HUGE_PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (all == MAP_FAILED)
		return NULL;
	size_t before = -(uintptr_t)all & (HUGE_PAGE_BYTES - 1);
	char *memory = all + before;
	if (before)
		munmap(all, before);
	munmap(memory + bytes, HUGE_PAGE_BYTES - before);
	madvise(memory, bytes, MADV_HUGEPAGE); /* without them it is slower, and works */
	int populated = madvise(memory, bytes, MADV_POPULATE_WRITE);
	if (populated != 0 && errno == EINVAL) { /* Linux before 5.14 */
		memset(memory, 0, bytes);
		populated = 0;
	}
	if (populated == 0)
		return memory;
	munmap(memory, bytes);
	return NULL;
}

struct flow_table *flow_table_create(uint32_t capacity, char *error, uint32_t error_bytes)
{
	if (capacity < FLOW_TABLE_MIN || capacity > FLOW_TABLE_MAX || (capacity & (capacity - 1)) != 0) {
		snprintf(error, error_bytes, "flow table: expected a power of two from %u to %u, got %u", FLOW_TABLE_MIN, FLOW_TABLE_MAX, capacity);
		return NULL;
	}
	uint32_t buckets = capacity / WAYS + capacity / WAYS / 4;
	size_t entries_bytes = (size_t)buckets * WAYS * sizeof(struct flow_entry);
	size_t bytes = (entries_bytes + buckets * sizeof(struct bucket) + HUGE_PAGE_BYTES - 1) / HUGE_PAGE_BYTES * HUGE_PAGE_BYTES;
	struct flow_table *t = calloc(1, sizeof *t);
	void *memory = t ? take_memory(bytes) : NULL;
	if (!memory || getrandom(t->seed, sizeof t->seed, 0) != (ssize_t)sizeof t->seed) {
		snprintf(error, error_bytes, "flow table: cannot have %zu bytes for %u flows: %s", bytes, capacity, strerror(errno));
		if (memory)
			munmap(memory, bytes);
		free(t);
		return NULL;
	}
	t->memory = memory;
	t->bytes = bytes;
	t->entries = memory;
	t->buckets = (struct bucket *)((char *)memory + entries_bytes);
	t->buckets_count = buckets;
	t->capacity = capacity;
	return t;
}

void flow_table_destroy(struct flow_table *t)
{
	if (!t)
		return;
	munmap(t->memory, t->bytes);
	free(t);
}

static inline uint64_t fold(uint64_t a, uint64_t b)
{
	unsigned __int128 product = (unsigned __int128)a * b;
	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/*
 * Of the whole tuple, with the seed: tuples that share netvm_flow_hash are found with pencil and paper, and would crowd one honest flow out of
 * its places. Buckets come from the upper bits of either half, the signature from the lower ones.
 */
static inline struct probe probe_of(const struct flow_table *t, const struct netvm_flow *f, uint32_t hash)
{
	const uint64_t *seed = t->seed;
	uint64_t addresses = fold(f->src.low ^ seed[0], f->dst.low ^ seed[1]) ^ fold(f->src.high ^ seed[2], f->dst.high ^ seed[3]);
	uint64_t x = fold(addresses ^ f->rest, hash ^ seed[4]);
	uint32_t n = t->buckets_count, first = (uint32_t)((x & UINT32_MAX) * n >> 32);
	uint32_t second = first + 1 + (uint32_t)((x >> 32) * (n - 1) >> 32);
	uint16_t signature = (uint16_t)((x & 0xff) | (x >> 24 & 0xff00));
	return (struct probe){{first, second < n ? second : second - n}, signature ? signature : 1};
}

/* Bit i: place i of the probe's sixteen has this signature. */
static inline uint32_t places_with(const struct flow_table *t, const struct probe *p, uint16_t signature)
{
	__m128i wanted = _mm_set1_epi16((short)signature);
	__m128i a = _mm_cmpeq_epi16(_mm_load_si128((const __m128i *)&t->buckets[p->bucket[0]]), wanted);
	__m128i b = _mm_cmpeq_epi16(_mm_load_si128((const __m128i *)&t->buckets[p->bucket[1]]), wanted);
	return (uint32_t)_mm_movemask_epi8(_mm_packs_epi16(a, b));
}

static inline struct flow_entry *entry_at(const struct flow_table *t, const struct probe *p, uint32_t place)
{
	return &t->entries[p->bucket[place / WAYS] * WAYS + place % WAYS];
}

/* The flow's own entry among those with its signature, living or not, or NULL. */
static inline struct flow_entry *own_entry(const struct flow_table *t, const struct probe *p, uint32_t candidates, const struct netvm_flow *flow)
{
	for (; candidates; candidates &= candidates - 1) {
		struct flow_entry *e = entry_at(t, p, (uint32_t)__builtin_ctz(candidates));
		if (netvm_flow_equal(&e->flow, flow))
			return e;
	}
	return NULL;
}

/* A free place in the emptier of the two buckets (which is what keeps both from filling up long before the table does), or NULL. */
static inline struct flow_entry *free_entry(const struct flow_table *t, const struct probe *p)
{
	uint32_t all = places_with(t, p, 0), first = all & 0xff, second = all & 0xff00;
	if (!all)
		return NULL;
	return entry_at(t, p, (uint32_t)__builtin_ctz(__builtin_popcount(first) >= __builtin_popcount(second) ? first : second));
}

/*
 * In three turns over the burst, so that what one packet waits for the others wait for as well: tuples, and the lines of signatures are on
 * their way; signatures, and the entries are; entries. All in one turn, one step some packets behind the other, takes half as long again
 * (bench-steps), whatever the distance: the lines that the first steps need then wait among those that come from memory.
 */
void flow_table_find(const struct flow_table *t, const uint8_t *const *frames, const uint16_t *lengths, uint32_t n, uint64_t now,
		     struct flow_batch *batch)
{
	struct probe probe[FLOW_BATCH];
	uint32_t candidates[FLOW_BATCH];
	uint64_t has_flow = 0;
	for (uint32_t i = 0; i < n; i++) {
		batch->hash[i] = 0;
		candidates[i] = 0;
		if (!netvm_flow_read(frames[i], lengths[i], &batch->flow[i]))
			continue;
		has_flow |= 1ull << i;
		batch->hash[i] = netvm_flow_hash(&batch->flow[i]);
		probe[i] = probe_of(t, &batch->flow[i], batch->hash[i]);
		__builtin_prefetch(&t->buckets[probe[i].bucket[0]]);
		__builtin_prefetch(&t->buckets[probe[i].bucket[1]]);
	}
	for (uint64_t left = has_flow; left; left &= left - 1) {
		uint32_t i = (uint32_t)__builtin_ctzll(left);
		candidates[i] = places_with(t, &probe[i], probe[i].signature);
		if (candidates[i])
			__builtin_prefetch(entry_at(t, &probe[i], (uint32_t)__builtin_ctz(candidates[i])));
		else
			__builtin_prefetch(free_entry(t, &probe[i])); /* it will be the flow's */
	}
	for (uint32_t i = 0; i < n; i++) {
		struct flow_entry *e = own_entry(t, &probe[i], candidates[i], &batch->flow[i]);
		batch->entry[i] = e && e->expires > now ? e : NULL;
	}
	batch->has_flow = has_flow;
}

struct flow_entry *flow_table_get(const struct flow_table *t, const struct netvm_flow *flow, uint32_t hash, uint64_t now)
{
	struct probe p = probe_of(t, flow, hash);
	struct flow_entry *e = own_entry(t, &p, places_with(t, &p, p.signature), flow);
	return e && e->expires > now ? e : NULL;
}

static struct flow_entry *first_to_expire(const struct flow_table *t, const struct probe *p)
{
	struct flow_entry *first = entry_at(t, p, 0);
	for (uint32_t i = 1; i < 2 * WAYS; i++) {
		struct flow_entry *e = entry_at(t, p, i);
		first = e->expires < first->expires ? e : first;
	}
	return first;
}

static uint16_t *signature_of(struct flow_table *t, const struct flow_entry *e)
{
	uint32_t index = flow_table_index(t, e);
	return &t->buckets[index / WAYS].signature[index % WAYS];
}

struct flow_entry *flow_table_add(struct flow_table *t, const struct netvm_flow *flow, uint32_t hash, uint64_t now)
{
	struct probe p = probe_of(t, flow, hash);
	/* Its own expired one first: a flow in two places would be found in the wrong one. */
	struct flow_entry *e = own_entry(t, &p, places_with(t, &p, p.signature), flow);
	if (!e)
		e = free_entry(t, &p);
	if (!e)
		e = first_to_expire(t, &p);
	if (e->expires == FLOW_FOREVER)
		return NULL;
	uint16_t *signature = signature_of(t, e);
	t->used += *signature == 0;
	t->evicted += e->expires > now;
	*signature = p.signature;
	uint8_t next = (uint8_t)(e->generation + 1);
	*e = (struct flow_entry){.flow = *flow, .generation = next ? next : 1};
	return e;
}

void flow_table_remove(struct flow_table *t, struct flow_entry *entry)
{
	uint16_t *signature = signature_of(t, entry);
	t->used -= *signature != 0;
	*signature = 0;
	entry->expires = 0;
}

void flow_table_age(struct flow_table *t, uint64_t now, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		if (t->entries[t->hand].expires <= now)
			flow_table_remove(t, &t->entries[t->hand]);
		t->hand = t->hand + 1 < places(t) ? t->hand + 1 : 0;
	}
}

uint32_t flow_table_index(const struct flow_table *t, const struct flow_entry *entry)
{
	return (uint32_t)(entry - t->entries);
}

struct flow_entry *flow_table_at(const struct flow_table *t, uint32_t index)
{
	return &t->entries[index];
}

uint32_t flow_table_capacity(const struct flow_table *t)
{
	return t->capacity;
}

uint32_t flow_table_used(const struct flow_table *t)
{
	return t->used;
}

uint64_t flow_table_evicted(const struct flow_table *t)
{
	return t->evicted;
}
