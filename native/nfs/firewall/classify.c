#include "classify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A rule begins or ends to hold at a value. */
struct edge {
	classify_value at;
	uint32_t rule;
};

struct building {
	struct classifier *c;
	const struct firewall_rule *rules;
	uint32_t rules_count;
	struct edge *edges;
	uint64_t *current; /* the bit vector where the sweep is */
	uint32_t *seen;    /* vectors by hash, plus 1 */
	uint32_t seen_size;
	uint32_t vectors_room;
};

static classify_value value_of(const struct netvm_address *a)
{
	return (classify_value)a->high << 64 | a->low;
}

static classify_value last_of(const struct nf_prefix *p)
{
	uint32_t free = (p->version == 4 ? 32u : 128u) - p->length;
	return value_of(&p->address) | (free >= 128 ? ~(classify_value)0 : ((classify_value)1 << free) - 1);
}

/* The values of a field that a rule holds for. */
static void bounds_of(const struct nf_match *r, enum classify_field f, int v6, classify_value *low, classify_value *high)
{
	const struct nf_prefix *p = f == FIELD_SRC ? &r->src : &r->dst;
	*low = 0;
	*high = ~(classify_value)0;
	if (f == FIELD_SRC_PORT || f == FIELD_DST_PORT) {
		*low = f == FIELD_SRC_PORT ? r->src_port_low : r->dst_port_low;
		*high = f == FIELD_SRC_PORT ? r->src_port_high : r->dst_port_high;
	} else if (f == FIELD_PROTOCOL) {
		*low = r->protocol;
		*high = r->protocol ? r->protocol : 255;
	} else if (p->version) {
		*low = value_of(&p->address);
		*high = last_of(p);
	} else if (!v6) {
		*high = UINT32_MAX;
	}
}

static int by_value(const void *a, const void *b)
{
	const struct edge *x = a, *y = b;
	return x->at < y->at ? -1 : x->at > y->at;
}

static uint32_t find_edges(struct building *b, enum classify_field f, int v6)
{
	uint32_t n = 0;
	for (uint32_t i = 0; i < b->rules_count; i++) {
		classify_value low, high;
		if (b->rules[i].match.version != 0 && b->rules[i].match.version != (v6 ? 6 : 4))
			continue;
		bounds_of(&b->rules[i].match, f, v6, &low, &high);
		b->edges[n++] = (struct edge){low, i};
		if (high + 1 != 0)
			b->edges[n++] = (struct edge){high + 1, i};
	}
	qsort(b->edges, n, sizeof b->edges[0], by_value);
	return n;
}

/* A rule's bit changes; so may its word's bit in the summary. */
static void toggle(struct building *b, uint32_t rule)
{
	uint64_t *bits = b->current + b->c->summary_words, word = rule / 64;
	bits[word] ^= 1ull << (rule % 64);
	b->current[word / 64] &= ~(1ull << (word % 64));
	b->current[word / 64] |= (uint64_t)(bits[word] != 0) << (word % 64);
}

/* The number of the current vector among the field's, new or seen before; -1 without memory. */
static int64_t number_of(struct building *b, struct field *f, uint64_t hash)
{
	uint32_t words = b->c->summary_words + b->c->words, at = (uint32_t)(hash >> 20) & (b->seen_size - 1);
	for (; b->seen[at]; at = (at + 1) & (b->seen_size - 1)) {
		if (memcmp(f->vectors + (size_t)(b->seen[at] - 1) * words, b->current, words * sizeof(uint64_t)) == 0)
			return b->seen[at] - 1;
	}
	if (f->vectors_count == b->vectors_room) {
		uint64_t *grown = realloc(f->vectors, (size_t)b->vectors_room * 2 * words * sizeof(uint64_t));
		if (!grown)
			return -1;
		f->vectors = grown;
		b->vectors_room *= 2;
	}
	memcpy(f->vectors + (size_t)f->vectors_count * words, b->current, words * sizeof(uint64_t));
	b->seen[at] = ++f->vectors_count;
	return f->vectors_count - 1;
}

static uint64_t hash_of(uint32_t rule)
{
	uint64_t x = (rule + 1) * 0x9e3779b97f4a7c15ull;
	return (x ^ x >> 29) * 0xbf58476d1ce4e5b9ull;
}

/* Where a look-up begins: ports and protocols are found at once, addresses by their first 16 bits and few steps more. */
static int build_index(struct field *f, enum classify_field which, int v6)
{
	int address = which == FIELD_SRC || which == FIELD_DST;
	f->shift = address ? (v6 ? 112 : 16) : 0;
	f->last = which == FIELD_PROTOCOL ? 255 : 65535;
	f->index = malloc((f->last + 2ul) * sizeof f->index[0]);
	if (!f->index)
		return -1;
	for (uint32_t i = 0, at = 0; i <= f->last; i++) {
		while (at + 1 < f->intervals && f->starts[at + 1] <= (classify_value)i << f->shift)
			at++;
		f->index[i] = at;
	}
	f->index[f->last + 1] = f->intervals - 1;
	return 0;
}

/* Sweeps over the values: at each edge rules come or go, and an interval begins. */
static int build_field(struct building *b, struct field *f, enum classify_field which, int v6)
{
	uint32_t n = find_edges(b, which, v6), words = b->c->summary_words + b->c->words;
	uint64_t hash = 0;
	b->vectors_room = 64;
	memset(b->current, 0, words * sizeof(uint64_t));
	memset(b->seen, 0, b->seen_size * sizeof b->seen[0]);
	f->starts = malloc((n + 1) * sizeof f->starts[0]);
	f->sets = malloc((n + 1) * sizeof f->sets[0]);
	f->vectors = malloc((size_t)b->vectors_room * words * sizeof(uint64_t));
	if (!f->starts || !f->sets || !f->vectors)
		return -1;
	classify_value at = 0;
	for (uint32_t i = 0;;) {
		for (; i < n && b->edges[i].at == at; i++) {
			toggle(b, b->edges[i].rule);
			hash ^= hash_of(b->edges[i].rule);
		}
		int64_t set = number_of(b, f, hash);
		if (set < 0)
			return -1;
		f->starts[f->intervals] = at;
		f->sets[f->intervals++] = (uint32_t)set;
		if (i == n)
			return build_index(f, which, v6);
		at = b->edges[i].at;
	}
}

void classify_give_back(struct classifier *c)
{
	for (int i = 0; i < 2 * FIELDS; i++) {
		struct field *f = &c->fields[i / FIELDS][i % FIELDS];
		free(f->starts);
		free(f->sets);
		free(f->index);
		free(f->vectors);
	}
	free(c->allow);
	memset(c, 0, sizeof *c);
}

int classify_build(struct classifier *c, const struct firewall_rule *rules, uint32_t n, char *error, uint32_t error_bytes)
{
	classify_give_back(c);
	c->words = (n + 63) / 64 + (n == 0);
	c->summary_words = (c->words + 63) / 64;
	struct building b = {.c = c, .rules = rules, .rules_count = n, .seen_size = 131072};
	b.edges = malloc((2ull * n + 1) * sizeof b.edges[0]);
	b.current = malloc((c->summary_words + c->words) * sizeof b.current[0]);
	b.seen = malloc(b.seen_size * sizeof b.seen[0]);
	c->allow = malloc(n + 1);
	int failed = !b.edges || !b.current || !b.seen || !c->allow;
	for (int i = 0; i < 2 * FIELDS && !failed; i++)
		failed = build_field(&b, &c->fields[i / FIELDS][i % FIELDS], (enum classify_field)(i % FIELDS), i / FIELDS) != 0;
	for (uint32_t i = 0; i < n && !failed; i++)
		c->allow[i] = rules[i].allow;
	free(b.edges);
	free(b.current);
	free(b.seen);
	if (failed) {
		classify_give_back(c);
		snprintf(error, error_bytes, "no memory for what %u rules need to be looked up", n);
	}
	return failed ? -1 : 0;
}

/* The bit vector of the interval a value lies in. Halves a range whose length alone decides the steps: no branch to mispredict. */
static const uint64_t *vector_of(const struct classifier *c, const struct field *f, classify_value value)
{
	uint32_t upper = (uint32_t)(value >> f->shift);
	const classify_value *base = f->starts + f->index[upper];
	for (uint32_t n = f->index[upper + 1] - f->index[upper] + 1; n > 1; n -= n / 2)
		base += base[n / 2] <= value ? n / 2 : 0;
	return f->vectors + (size_t)f->sets[base - f->starts] * (c->summary_words + c->words);
}

int classify_find(const struct classifier *c, const struct netvm_flow *flow)
{
	const struct field *f = c->fields[flow->version == 6];
	const uint64_t *a = vector_of(c, &f[FIELD_SRC], value_of(&flow->src));
	const uint64_t *b = vector_of(c, &f[FIELD_DST], value_of(&flow->dst));
	const uint64_t *d = vector_of(c, &f[FIELD_SRC_PORT], flow->src_port);
	const uint64_t *e = vector_of(c, &f[FIELD_DST_PORT], flow->dst_port);
	const uint64_t *p = vector_of(c, &f[FIELD_PROTOCOL], flow->protocol);
	for (uint32_t s = 0; s < c->summary_words; s++) {
		for (uint64_t left = a[s] & b[s] & d[s] & e[s] & p[s]; left; left &= left - 1) {
			uint32_t word = s * 64 + (uint32_t)__builtin_ctzll(left), at = c->summary_words + word;
			uint64_t rules = a[at] & b[at] & d[at] & e[at] & p[at];
			if (rules)
				return (int)(word * 64 + (uint32_t)__builtin_ctzll(rules));
		}
	}
	return -1;
}
