#include "flow_table.h"

#include <emmintrin.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>

#define WAYS 32u
#define SEEDS 5u
#define HUGE_PAGE_BYTES (2ull << 20)

/* A bucket's signatures, a line of them, to be compared at once. 0: the place is free. */
struct bucket {
	_Alignas(64) uint16_t signature[WAYS];
};
_Static_assert(sizeof(struct bucket) == 64, "a look-up reads one cache line of signatures");

struct flow_table {
	struct bucket *buckets;
	struct flow_entry *entries; /* WAYS to each bucket */
	uint32_t buckets_count;
	uint32_t capacity;
	uint32_t used;
	uint32_t hand; /* the bucket that is looked at next for flows that have expired */
	uint64_t evicted;
	uint64_t seed[SEEDS];
	uint64_t no_high; /* what the upper halves of IPv4 addresses, which are 0, come to */
	void *memory;
	size_t bytes;
};

/* Where a flow may be. */
struct probe {
	uint32_t bucket;
	uint16_t signature;
};

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

static inline uint64_t fold(uint64_t a, uint64_t b)
{
	unsigned __int128 product = (unsigned __int128)a * b;
	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

struct flow_table *flow_table_create(uint32_t capacity, char *error, uint32_t error_bytes)
{
	if (capacity < FLOW_TABLE_MIN || capacity > FLOW_TABLE_MAX || (capacity & (capacity - 1)) != 0) {
		snprintf(error, error_bytes, "flow table: expected a power of two from %u to %u, got %u", FLOW_TABLE_MIN, FLOW_TABLE_MAX, capacity);
		return NULL;
	}
	uint32_t buckets = capacity / WAYS + capacity / WAYS / 2;
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
	t->no_high = fold(t->seed[2], t->seed[3]);
	return t;
}

void flow_table_destroy(struct flow_table *t)
{
	if (!t)
		return;
	munmap(t->memory, t->bytes);
	free(t);
}

/*
 * Of the whole tuple, with the seed: tuples that share netvm_flow_hash are found with pencil and paper, and would crowd one honest flow out of
 * its places. The bucket comes from the upper half, the signature from the lower one.
 */
static inline struct probe probe_of(const struct flow_table *t, const struct netvm_flow *f, uint32_t hash)
{
	const uint64_t *seed = t->seed;
	uint64_t high = (f->src.high | f->dst.high) == 0 ? t->no_high : fold(f->src.high ^ seed[2], f->dst.high ^ seed[3]);
	uint64_t x = fold(fold(f->src.low ^ seed[0], f->dst.low ^ seed[1]) ^ high ^ f->rest, hash ^ seed[4]);
	uint16_t signature = (uint16_t)x;
	return (struct probe){(uint32_t)((x >> 32) * t->buckets_count >> 32), signature ? signature : 1};
}

/* Bit i: place i of the bucket has this signature. */
static inline uint32_t places_with(const struct flow_table *t, const struct probe *p, uint16_t signature)
{
	const __m128i *bucket = (const __m128i *)&t->buckets[p->bucket], wanted = _mm_set1_epi16((short)signature);
	__m128i a = _mm_cmpeq_epi16(_mm_load_si128(bucket), wanted), b = _mm_cmpeq_epi16(_mm_load_si128(bucket + 1), wanted);
	__m128i c = _mm_cmpeq_epi16(_mm_load_si128(bucket + 2), wanted), d = _mm_cmpeq_epi16(_mm_load_si128(bucket + 3), wanted);
	uint32_t first = (uint32_t)_mm_movemask_epi8(_mm_packs_epi16(a, b)), second = (uint32_t)_mm_movemask_epi8(_mm_packs_epi16(c, d));
	return first | second << 16;
}

static inline struct flow_entry *entry_at(const struct flow_table *t, const struct probe *p, uint32_t place)
{
	return &t->entries[(size_t)p->bucket * WAYS + place];
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

/* A free place, or NULL. */
static inline struct flow_entry *free_entry(const struct flow_table *t, const struct probe *p)
{
	uint32_t free_places = places_with(t, p, 0);
	return free_places ? entry_at(t, p, (uint32_t)__builtin_ctz(free_places)) : NULL;
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
		__builtin_prefetch(&t->buckets[probe[i].bucket]);
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
	for (uint32_t i = 1; i < WAYS; i++) {
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

/* A bucket at a time, so that a line of signatures says which of its entries there are to be looked at, and those are waited for together. */
static void age_bucket(struct flow_table *t, uint32_t bucket, uint64_t now)
{
	const uint16_t *signature = t->buckets[bucket].signature;
	struct flow_entry *entries = &t->entries[(size_t)bucket * WAYS];
	for (uint32_t i = 0; i < WAYS; i++) {
		if (signature[i])
			__builtin_prefetch(&entries[i]);
	}
	for (uint32_t i = 0; i < WAYS; i++) {
		if (signature[i] && entries[i].expires <= now)
			flow_table_remove(t, &entries[i]);
	}
}

void flow_table_age(struct flow_table *t, uint64_t now, uint32_t buckets)
{
	for (uint32_t i = 0; i < buckets; i++) {
		age_bucket(t, t->hand, now);
		t->hand = t->hand + 1 < t->buckets_count ? t->hand + 1 : 0;
	}
}

uint32_t flow_table_buckets(const struct flow_table *t)
{
	return t->buckets_count;
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
