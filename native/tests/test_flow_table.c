#include "check.h"

#include <stdlib.h>
#include <string.h>

#include "../netvmd/flow_table.h"
#include "corpus.h"

#define SMALL 32u /* one bucket: every flow may be in every place, so that a model knows what must happen */
#define FLOWS 80u

static char error[256];
static uint64_t seed = 88172645463325252ull;

static uint32_t chance(uint32_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)(seed >> 32) % n;
}

static struct flow_table *create(uint32_t capacity)
{
	struct flow_table *t = flow_table_create(capacity, error, sizeof error);
	assert_non_null(t);
	return t;
}

/* Flows of both versions; neighbours differ in one word alone. */
static struct netvm_flow flow_of(uint32_t id)
{
	struct netvm_flow f = {.src.low = 0x0a000000, .dst.low = 0xc6130001, .src_port = 1024, .dst_port = 9, .protocol = 17, .version = 4};
	if (id & 1) {
		f.version = 6;
		f.src.high = f.dst.high = 0x20010db800000000ull;
	}
	switch (id >> 1 & 3) {
	case 0: f.src.low += id; break;
	case 1: f.dst.low += id; break;
	case 2: f.rest += id; break;
	default: *(f.version == 6 ? &f.dst.high : &f.src.low) += id; break;
	}
	return f;
}

static struct flow_entry *get(const struct flow_table *t, uint32_t id, uint64_t now)
{
	struct netvm_flow f = flow_of(id);
	return flow_table_get(t, &f, netvm_flow_hash(&f), now);
}

static struct flow_entry *add(struct flow_table *t, uint32_t id, uint64_t now, uint64_t expires)
{
	struct netvm_flow f = flow_of(id);
	struct flow_entry *e = flow_table_add(t, &f, netvm_flow_hash(&f), now);
	if (e)
		e->expires = expires;
	return e;
}

/* What the table must hold: by place, which flow, until when. */
struct model {
	struct {
		uint32_t id;
		uint64_t expires;
		int taken;
		uint8_t generation;
	} place[SMALL];
	uint64_t evicted;
};

static uint32_t model_used(const struct model *m)
{
	uint32_t used = 0;
	for (uint32_t i = 0; i < SMALL; i++)
		used += m->place[i].taken != 0;
	return used;
}

/* The flow's place, living or not, or SMALL. */
static uint32_t model_find(const struct model *m, uint32_t id)
{
	for (uint32_t i = 0; i < SMALL; i++) {
		if (m->place[i].taken && m->place[i].id == id)
			return i;
	}
	return SMALL;
}

static uint64_t model_first_end(const struct model *m)
{
	uint64_t first = UINT64_MAX;
	for (uint32_t i = 0; i < SMALL; i++)
		first = m->place[i].expires < first ? m->place[i].expires : first;
	return first;
}

/* Adds a flow that is not there, and checks that it took the place that it had to. */
static void add_and_check(struct flow_table *t, struct model *m, uint32_t id, uint64_t now, uint64_t expires)
{
	uint32_t own = model_find(m, id);
	uint64_t first_end = model_first_end(m);
	struct flow_entry *e = add(t, id, now, expires);
	if (own == SMALL && model_used(m) == SMALL && first_end == FLOW_FOREVER) {
		assert_null(e);
		return;
	}
	assert_non_null(e);
	uint32_t i = flow_table_index(t, e);
	assert_true(i < SMALL);
	if (own < SMALL)
		assert_int_equal(i, own);
	else if (model_used(m) < SMALL)
		assert_false(m->place[i].taken);
	else
		assert_true(m->place[i].expires == first_end);
	m->evicted += m->place[i].taken && m->place[i].expires > now;
	m->place[i].taken = 1;
	m->place[i].id = id;
	m->place[i].expires = expires;
	m->place[i].generation++;
	const struct netvm_flow f = flow_of(id);
	assert_true(netvm_flow_equal(&e->flow, &f));
	assert_int_equal(e->generation, m->place[i].generation);
	assert_int_equal(e->chain + e->route + e->epoch, 0);
	e->chain = (uint16_t)id;
	e->route = e->epoch = 1;
}

static void age_and_check(struct flow_table *t, struct model *m, uint64_t now)
{
	flow_table_age(t, now, 1); /* all of it */
	for (uint32_t i = 0; i < SMALL; i++) {
		if (m->place[i].expires <= now)
			m->place[i].taken = 0;
	}
}

static void remove_and_check(struct flow_table *t, struct model *m, uint32_t i)
{
	flow_table_remove(t, flow_table_at(t, i));
	m->place[i].taken = 0;
	m->place[i].expires = 0;
}

static void expect_same(const struct flow_table *t, const struct model *m, uint64_t now)
{
	for (uint32_t id = 0; id < FLOWS; id++) {
		uint32_t i = model_find(m, id);
		struct flow_entry *e = get(t, id, now);
		if (i == SMALL || m->place[i].expires <= now) {
			assert_null(e);
			continue;
		}
		assert_ptr_equal(e, flow_table_at(t, i));
		assert_int_equal(flow_table_index(t, e), i);
		assert_int_equal(e->chain, id);
		assert_true(e->expires == m->place[i].expires);
	}
	assert_int_equal(flow_table_used(t), model_used(m));
	assert_int_equal(flow_table_evicted(t), m->evicted);
}

static void does_what_a_model_does(void **state)
{
	(void)state;
	for (uint32_t round = 0; round < 50; round++) {
		struct flow_table *t = create(SMALL);
		struct model m = {0};
		uint64_t now = 1;
		for (uint32_t step = 0; step < 500; step++) {
			uint32_t id = chance(FLOWS), what = chance(16), i = chance(SMALL);
			/* Now and then rules come in numbers, so that all places are theirs. */
			uint64_t expires = chance(step % 200 > 150 ? 2 : 16) == 0 ? FLOW_FOREVER : now + chance(30);
			if (what == 0)
				remove_and_check(t, &m, i);
			else if (what == 1)
				age_and_check(t, &m, now);
			else if (what < 6)
				now += chance(4);
			else if (!get(t, id, now))
				add_and_check(t, &m, id, now, expires);
			expect_same(t, &m, now);
		}
		flow_table_destroy(t);
	}
}

static void rules_never_age_and_never_go(void **state)
{
	(void)state;
	struct flow_table *t = create(SMALL);
	for (uint32_t id = 0; id < SMALL; id++)
		assert_non_null(add(t, id, 1, FLOW_FOREVER));
	flow_table_age(t, UINT64_MAX - 1, 1);
	for (uint32_t id = 0; id < SMALL; id++)
		assert_non_null(get(t, id, UINT64_MAX - 1));
	assert_null(add(t, SMALL, UINT64_MAX - 1, 1));
	struct flow_entry *third = get(t, 3, 1);
	flow_table_remove(t, third);
	flow_table_remove(t, third); /* it is gone: nothing more happens */
	assert_int_equal(flow_table_used(t), SMALL - 1);
	assert_null(get(t, 3, 1));
	assert_ptr_equal(add(t, SMALL, 1, 2), third);
	assert_int_equal(flow_table_evicted(t), 0);
	flow_table_destroy(t);
}

/* 95 % of the capacity, as a million flows are of 2^20: hardly one has to go. */
static void holds_as_many_as_it_says(void **state)
{
	(void)state;
	uint32_t flows = 62500, found = 0;
	struct flow_table *t = create(1u << 16);
	for (uint32_t id = 0; id < flows; id++)
		assert_non_null(add(t, id * 8, 1, 2));
	for (uint32_t id = 0; id < flows; id++)
		found += get(t, id * 8, 1) != NULL;
	assert_int_equal(found, flows - flow_table_evicted(t));
	assert_int_equal(flow_table_used(t), found);
	assert_in_range(flow_table_evicted(t), 0, flows / 1000);
	assert_int_equal(flow_table_capacity(t), 1u << 16);
	flow_table_destroy(t);
}

/* Tuples that share netvm_flow_hash, whoever found them, are spread as all others; and not as in another table. */
static void hashes_that_collide_crowd_nobody_out(void **state)
{
	(void)state;
	struct flow_table *t = create(1024), *other = create(1024);
	uint32_t same = 0;
	for (uint32_t id = 0; id < 700; id++) {
		struct netvm_flow f = flow_of(id);
		struct flow_entry *a = flow_table_add(t, &f, 1u << 31, 1), *b = flow_table_add(other, &f, 1u << 31, 1);
		assert_non_null(a);
		assert_non_null(b);
		a->expires = b->expires = 2;
		same += flow_table_index(t, a) == flow_table_index(other, b);
	}
	assert_int_equal(flow_table_evicted(t), 0);
	assert_in_range(same, 0, 70);
	flow_table_destroy(t);
	flow_table_destroy(other);
}

/* A burst whose frames each lie in a buffer that ends where they end. */
struct burst {
	uint8_t *frames[FLOW_BATCH];
	uint16_t lengths[FLOW_BATCH];
	uint32_t n;
};

/* Finds the burst, and expects of each packet what is known of it one by one. Flows whose hash is even are in the table afterwards. */
static void find_and_check(struct flow_table *t, struct burst *b)
{
	struct flow_batch batch;
	memset(&batch, 0x5a, sizeof batch);
	flow_table_find(t, (const uint8_t *const *)b->frames, b->lengths, b->n, 1, &batch);
	assert_true(b->n == FLOW_BATCH || batch.has_flow >> b->n == 0);
	for (uint32_t i = 0; i < b->n; i++) {
		struct netvm_flow flow;
		int has = netvm_flow_read(b->frames[i], b->lengths[i], &flow) != 0;
		assert_int_equal(batch.has_flow >> i & 1, has);
		assert_int_equal(batch.hash[i], has ? netvm_flow_hash(&flow) : 0);
		assert_true(!has || netvm_flow_equal(&batch.flow[i], &flow));
		assert_ptr_equal(batch.entry[i], has ? flow_table_get(t, &flow, batch.hash[i], 1) : NULL);
	}
	for (uint32_t i = 0; i < b->n; free(b->frames[i++])) {
		if (batch.hash[i] && batch.hash[i] % 2 == 0 && !flow_table_get(t, &batch.flow[i], batch.hash[i], 1))
			flow_table_add(t, &batch.flow[i], batch.hash[i], 1)->expires = 2;
	}
	b->n = 0;
}

static void put(struct flow_table *t, struct burst *b, const uint8_t *frame, uint32_t length, uint32_t burst)
{
	b->frames[b->n] = malloc(length + (length == 0));
	memcpy(b->frames[b->n], frame, length);
	b->lengths[b->n++] = (uint16_t)length;
	if (b->n == burst)
		find_and_check(t, b);
}

/* The corpus (both versions, tags, fragments, extension headers), each packet cut at every length and with bytes of it changed. */
static void finds_bursts_of_all_kinds_of_frames(void **state)
{
	(void)state;
	uint8_t frame[CRAFT_BYTES];
	struct flow_table *t = create(1u << 16);
	struct burst b = {0};
	uint32_t burst = 1;
	for (uint32_t round = 0; round < 2 * CORPUS; round++, burst = burst % FLOW_BATCH + 21) {
		burst = burst > FLOW_BATCH ? FLOW_BATCH : burst;
		uint32_t length = craft(frame, &corpus[round % CORPUS]);
		for (uint32_t cut = 0; cut <= length; cut++)
			put(t, &b, frame, cut, burst);
		for (uint32_t at = 0; at < length; at++) {
			frame[at] ^= 0x41;
			put(t, &b, frame, length, burst);
			frame[at] ^= 0x41;
		}
		find_and_check(t, &b);
	}
	assert_true(flow_table_used(t) > 100);
	flow_table_destroy(t);
}

/* What expires is not found, though it is still in its place, and comes back to it. */
static void what_has_expired_is_not_found(void **state)
{
	(void)state;
	uint8_t frame[CRAFT_BYTES];
	const uint8_t *frames[2] = {frame, frame};
	struct flow_table *t = create(1024);
	struct flow_batch batch;
	uint32_t length = craft(frame, &(struct crafted){.vlans = 2, .version = 6, .src_port = 5, .dst_port = 6});
	const uint16_t lengths[2] = {(uint16_t)length, (uint16_t)length};
	flow_table_find(t, frames, lengths, 2, 1, &batch);
	assert_int_equal(batch.has_flow, 3);
	assert_null(batch.entry[1]);
	struct flow_entry *e = flow_table_add(t, &batch.flow[0], batch.hash[0], 1);
	e->expires = 10;
	flow_table_find(t, frames, lengths, 2, 9, &batch);
	assert_ptr_equal(batch.entry[0], e);
	assert_ptr_equal(batch.entry[1], e);
	assert_int_equal(e->expires, 10);
	flow_table_find(t, frames, lengths, 2, 10, &batch);
	assert_null(batch.entry[0]);
	assert_ptr_equal(flow_table_add(t, &batch.flow[0], batch.hash[0], 10), e);
	assert_int_equal(e->generation, 2);
	assert_int_equal(flow_table_used(t), 1);
	flow_table_destroy(t);
}

static void other_capacities_are_refused(void **state)
{
	(void)state;
	static const uint32_t wrong[] = {0, 16, 33, 1000, FLOW_TABLE_MAX + 1, FLOW_TABLE_MAX * 2, UINT32_MAX};
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		assert_null(flow_table_create(wrong[i], error, sizeof error));
		assert_non_null(strstr(error, "expected a power of two from 32 to 4194304"));
	}
	flow_table_destroy(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(does_what_a_model_does),
		cmocka_unit_test(rules_never_age_and_never_go),
		cmocka_unit_test(holds_as_many_as_it_says),
		cmocka_unit_test(hashes_that_collide_crowd_nobody_out),
		cmocka_unit_test(finds_bursts_of_all_kinds_of_frames),
		cmocka_unit_test(what_has_expired_is_not_found),
		cmocka_unit_test(other_capacities_are_refused),
	};
	return cmocka_run_group_tests_name("flow table", tests, NULL, NULL);
}
