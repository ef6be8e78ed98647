/*
 * An NF that does whatever it can: hands back buffers it does not hold, packets twice, lengths that make no sense, moves ring indices anywhere, and writes over all that it can map. Two honest
 * domains stand beside it: one that has nothing to do with it, and one that comes after it in its chain. netvmd refuses and counts, the first loses nothing, and neither's bytes are ever seen.
 *
 *   test-hostile [DESCRIPTORS]   so many are handed to netvmd (default 2,000,000)
 */
#include "check.h"

#include <stdio.h>
#include <stdlib.h>

#include <rte_cycles.h>

#include "fake_nfs.h"

#define HOSTILE 1u /* its domain */
#define FLOWS 256u
#define MARK "sEcReT42"

static uint64_t descriptors = 2000000;
static uint64_t random_state;

static uint64_t draw(void)
{
	random_state = random_state * 6364136223846793005ull + 1442695040888963407ull;
	return random_state ^ random_state >> 29;
}

/* The honest write what only they know behind each packet's headers. */
static void mark(struct netvm_packet *packet, uint32_t flow)
{
	(void)flow;
	if (fake_turn >= fake_nfs[HOSTILE] && fake_turn < fake_nfs[HOSTILE + 1])
		return;
	if (packet->length >= 60)
		memcpy(packet->data + 44, MARK, 8);
}

static struct instances hop(uint32_t domain)
{
	return (struct instances){.domain = (uint8_t)domain, .service = NO_SERVICE, .count = 1};
}

/* Chain 0 is of domain 0, chain 1 of the hostile NF and one of domain 2. */
static void set_chains(void)
{
	struct chain_plan plan = {.used = 1, .weight = 1, .length = 1, .hops = {hop(0)}};
	path_set_chain(&p, 0, &plan, COUNT_DROP_CHANGED);
	plan = (struct chain_plan){.used = 1, .weight = 1, .length = 2, .hops = {hop(HOSTILE), hop(2)}};
	path_set_chain(&p, 1, &plan, COUNT_DROP_CHANGED);
}

static void start(int tolerant)
{
	char error[128];
	fake_nfs_start(3, FLOWS);
	p.tolerant = tolerant;
	p.flows = flow_table_create(1u << 12, error, sizeof error);
	assert_non_null(p.flows);
	for (uint32_t d = 0; d < 3; d++)
		fake_join(d, 0);
	fake_nfs[HOSTILE][0].runs = 0;
	fake_verdict = mark;
	set_chains();
	for (uint32_t i = 0; i < FLOWS; i += 2) { /* every other flow is chain 1's */
		struct netvm_flow flow = {.src = {0, 10u << 24 | i}, .dst = {0, 198u << 24 | 18u << 16 | 1}};
		flow.rest = netvm_flow_rest((0x5500u | i) << 16 | 9, NETVM_UDP, 4);
		assert_int_equal(path_set_flows(&p, &flow, 1, 1), 1);
	}
}

static void end(void)
{
	flow_table_destroy(p.flows);
	p.flows = NULL;
	fake_nfs_end();
}

/* Of its own region everything but the buffers of others is its to write, as for any process that maps it. */
static void scribble(char *region)
{
	static const uint32_t widths[] = {1, 4, 8, 64, 4096};
	uint64_t at = draw() % (FAKE_REGION_BYTES + FAKE_DOMAIN_BUFFERS * BUFFER_STRIDE - 4096);
	uint32_t width = widths[draw() % 5];
	for (uint32_t i = 0; i < width; i++)
		region[at + i] = (char)draw();
}

static struct netvm_desc nonsense(const struct netvm_desc *had)
{
	struct netvm_desc d = *had;
	switch (draw() % 6) {
	case 0: d.buffer = (uint32_t)draw(); break;
	case 1: d.buffer = (uint32_t)(draw() % FAKE_DOMAIN_BUFFERS); break;
	case 2: d.offset = (uint16_t)draw(); break;
	case 3: d.length = (uint16_t)draw(); break;
	case 4: d.lane = (uint16_t)draw(); break;
	default:
		d = (struct netvm_desc){(uint32_t)draw(), (uint16_t)draw(), (uint16_t)draw(), (uint8_t)draw(), (uint8_t)draw(), (uint16_t)draw(), (uint32_t)draw()};
	}
	d.action = draw() % 4 ? NETVM_ACTION_NEXT : (uint8_t)draw();
	return d;
}

/* What it was ever given, to be played again. */
static struct netvm_desc had[4096];
static uint32_t hads;

/* A ring full of it. Returns how many descriptors. */
static uint32_t misbehave(struct netvm_ring *in, struct netvm_ring *out, int scribbles)
{
	struct netvm_desc *slots = out->slots;
	uint32_t n = 0, head = out->head;
	for (uint32_t i = 0; i < CREDITS; i++) /* it need not go by the ring's indices to see what is in it */
		had[hads++ % 4096] = in->slots[i];
	for (; n < CREDITS; n++) {
		const struct netvm_desc *one = &had[draw() % 4096];
		slots[(head + n) % CREDITS] = draw() % 3 ? nonsense(one) : *one;
	}
	if (scribbles && draw() % 8 == 0)
		scribble(fake_domains[HOSTILE].memory);
	uint32_t moved = scribbles && draw() % 64 == 0 ? (uint32_t)draw() : out->tail + n;
	__atomic_store_n(&out->head, moved, __ATOMIC_RELEASE);
	__atomic_store_n(&in->tail, draw() % 16 ? in->head : (uint32_t)draw(), __ATOMIC_RELEASE);
	return n;
}

static uint32_t marks_in(const char *memory_of, uint64_t bytes)
{
	uint32_t found = 0;
	for (uint64_t i = 0; i + 8 <= bytes; i++)
		found += memory_of[i] == MARK[0] && memcmp(memory_of + i, MARK, 8) == 0;
	return found;
}

static void honest_turns(void)
{
	for (uint32_t d = 0; d < 3; d += 2) {
		fake_turn = &fake_nfs[d][0];
		netvm_nf_round(&fake_turn->a, &fake_turn->nf, &fake_turn->state);
	}
}

/* Chain 0 has lost nothing, nothing of the other domains was to be seen, and in the end every buffer is back. */
static void expect_no_harm(void)
{
	assert_int_equal(count(count_chain_entered(0)), count(count_chain_left(0)));
	assert_true(count(count_chain_left(0)) > 100);
	assert_int_equal(marks_in(fake_domains[HOSTILE].memory, FAKE_REGION_BYTES + FAKE_DOMAIN_BUFFERS * BUFFER_STRIDE), 0);
	assert_true(marks_in(fake_domains[0].memory, FAKE_REGION_BYTES + FAKE_DOMAIN_BUFFERS * BUFFER_STRIDE) > 0);
	assert_int_equal(fake_domains[0].stack.count, FAKE_DOMAIN_BUFFERS);
	assert_int_equal(fake_domains[HOSTILE].stack.count, FAKE_DOMAIN_BUFFERS);
	assert_int_equal(fake_domains[2].stack.count, FAKE_DOMAIN_BUFFERS);
	assert_int_equal(fake.unused_count, FAKE_MBUFS);
}

static void it_is_refused_and_counted_and_does_no_harm(void **state)
{
	(void)state;
	random_state = 1;
	start(1);
	struct netvm_ring *in = region_ring(&p.domain[HOSTILE], netvm_ring_in(0)), *out = region_ring(&p.domain[HOSTILE], netvm_ring_out(0));
	for (uint64_t handed = 0; handed < descriptors;) {
		handed += misbehave(in, out, 1);
		fake.queues[FAKE_WIRE][0].waiting += draw() % 32;
		path_round(&p);
		honest_turns();
		if (p.chains[1].state == CHAIN_DOWN)
			set_chains();
	}
	assert_true(count(COUNT_REFUSED) > descriptors / 4);
	fake_die(HOSTILE, 0);
	fake.queues[FAKE_WIRE][0].waiting = 0;
	for (int i = 0; i < 100 || p.closing > 0; i++) {
		path_round(&p);
		honest_turns();
	}
	path_slot_cleared(&p, HOSTILE, 0);
	expect_no_harm();
	end();
}

/* It is put out of its chain again and again, and comes back. */
static void it_is_quarantined_again_and_again(void **state)
{
	(void)state;
	random_state = 2;
	start(0);
	for (uint32_t times = 0; times < 100; times++) {
		struct netvm_ring *in = region_ring(&p.domain[HOSTILE], netvm_ring_in(0)), *out = region_ring(&p.domain[HOSTILE], netvm_ring_out(0));
		for (uint32_t rounds = 0; p.quarantined[HOSTILE] == 0; rounds++) {
			assert_true(rounds < 10000);
			misbehave(in, out, 1);
			fake.queues[FAKE_WIRE][0].waiting += draw() % 32;
			path_round(&p);
			honest_turns();
		}
		while (p.closing > 0) {
			path_round(&p);
			honest_turns();
		}
		assert_int_equal(p.chains[1].state, CHAIN_DOWN);
		path_slot_cleared(&p, HOSTILE, 0);
		region_write_header(&p.domain[HOSTILE], FAKE_TSC_HZ); /* a new NF could not join by what is left of it */
		p.quarantined[HOSTILE] = 0;
		fake_join(HOSTILE, 0);
		fake_nfs[HOSTILE][0].runs = 0;
		set_chains();
	}
	fake_die(HOSTILE, 0);
	fake.queues[FAKE_WIRE][0].waiting = 0;
	for (int i = 0; i < 100 || p.closing > 0; i++) {
		path_round(&p);
		honest_turns();
	}
	expect_no_harm();
	end();
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_refused_and_counted_and_does_no_harm),
		cmocka_unit_test(it_is_quarantined_again_and_again),
	};
	if (argc > 1)
		descriptors = strtoull(argv[1], NULL, 10);
	return fake_nfs_memory() == 0 ? cmocka_run_group_tests_name("hostile", tests, NULL, NULL) : 1;
}
