/*
 * What NFs do not give back when its routes close: it is lost by name, and nobody else gets a buffer that an NF may still write to, until it comes back after all, or is
 * nobody's any more.
 */
#include "check.h"

#include <rte_cycles.h>

#include "../netvmd/lanes.h"
#include "fake_chains.h"

#define KEPT 100u

static struct netvm_desc kept[CREDITS];
static uint8_t is_kept[FAKE_MBUFS];

static void keep_off(struct netvm_packet *packet, uint32_t flow)
{
	(void)flow;
	const struct netvm_attachment *a = &fake_turn->a;
	assert_int_equal(is_kept[(uint64_t)(packet->data - a->buffers) / a->buffer_stride], 0);
}

/* The NF in a slot takes so many packets out of its ring and is slow to hand them on. */
static void take(uint32_t slot, uint32_t n)
{
	fake_nfs[0][slot].runs = 0;
	assert_int_equal(netvm_ring_pop(&fake_nfs[0][slot].a.inlet[0].ring, kept, n), n);
	for (uint32_t i = 0; i < n; i++)
		is_kept[kept[i].buffer] = 1;
}

static void give_back(struct netvm_producer *to, uint32_t n)
{
	memset(is_kept, 0, sizeof is_kept);
	assert_int_equal(netvm_ring_push(to, kept, n), n);
}

/* Until nothing is parked, or as often as that takes where it can be. */
static void unpark(void)
{
	for (uint32_t i = 0; p.parked > 0 && i < 1000; i++) {
		path_round(&p);
		fake_turns();
	}
}

static void start(uint32_t nfs)
{
	memset(is_kept, 0, sizeof is_kept);
	fake_nfs_start(1, FLOWS);
	join(0, 0, nfs);
	fake_verdict = keep_off;
}

/* What the first of two NFs has taken is lost, and the chain goes on by the second. */
static void start_with_a_slow_nf(void)
{
	start(2);
	chain_of(0, 1);
	arrive(KEPT);
	take(0, KEPT);
	chain_of(1, 1);
	fake_rest(); /* 20 ms */
}

/* Given back late they are no offence, but lost; and once is enough. */
static void what_a_slow_nf_keeps_is_nobody_else_s(void **state)
{
	(void)state;
	start_with_a_slow_nf();
	assert_int_equal(count(COUNT_DROP_CHANGED), KEPT);
	assert_int_equal(p.parked, KEPT);
	assert_int_equal(fake.unused_count, FAKE_MBUFS - KEPT);
	fake_traffic(10000, 500);
	fake_rest();
	assert_int_equal(fake_nfs[0][1].seen, 10000);
	assert_int_equal(p.parked, KEPT);

	give_back(&fake_nfs[0][0].a.to_host, KEPT);
	path_round(&p); /* on no route any more, it is looked at all the same */
	assert_int_equal(count(COUNT_LATE), KEPT);
	assert_int_equal(p.parked, 0);
	assert_int_equal(count(COUNT_REFUSED), 0);
	fake_expect_books(KEPT);

	chain_of(0, 1);
	fake_rest();
	assert_int_equal(p.chains[0].only->limit, CREDITS);
	assert_int_equal(netvm_ring_push(&fake_nfs[0][0].a.to_host, kept, KEPT), KEPT);
	arrive(KEPT);
	assert_true(count(COUNT_REFUSED) > REFUSED_MAX);
	assert_int_equal(p.quarantined[0], 1);
	end();
}

/* An NF that never had them cannot give them back. */
static void what_is_parked_is_not_a_stranger_s(void **state)
{
	(void)state;
	start_with_a_slow_nf();
	assert_int_equal(netvm_ring_push(&fake_nfs[0][1].a.to_host, kept, 50), 50);
	path_round(&p);
	assert_int_equal(count(COUNT_REFUSED), 50);
	assert_int_equal(p.parked, KEPT);
	fake_die(0, 0);
	unpark();
	fake_expect_books(KEPT);
	end();
}

/* The port takes nothing, so netvmd takes nothing back: what an NF has handed back before it says so is there all the same. */
static void what_is_handed_back_counts_when_it_was_taken(void **state)
{
	(void)state;
	start_with_a_slow_nf();
	fake.queues[FAKE_WIRE][0].room = 0;
	fake_traffic(10, 3);
	assert_true(p.unsent_count > 0);
	give_back(&fake_nfs[0][0].a.to_host, KEPT);
	fake_nfs[0][0].runs = 1;
	fake_traffic(0, 1000);
	assert_int_equal(p.parked, KEPT);
	fake.queues[FAKE_WIRE][0].room = UINT64_MAX;
	unpark();
	assert_int_equal(count(COUNT_LATE), KEPT);
	assert_int_equal(count(COUNT_REFUSED), 0);
	fake_rest();
	fake_expect_books(KEPT);
	end();
}

/* From the NF in slot 1 to the one in slot 0, which has answered before it: and so once more. */
static void what_is_handed_on_meanwhile_is_asked_for_again(void **state)
{
	(void)state;
	start(3);
	chain_of_two(1, 0);
	fake_traffic(100, 10);
	fake_rest();
	arrive(KEPT);
	take(1, KEPT);
	fake_verdict = NULL;
	chain_of(2, 1);
	fake_rest();
	fake_traffic(0, 1000);
	assert_int_equal(p.parked, KEPT);
	fake_nfs[0][0].runs = 0; /* has shown that it had none */
	chain_of_two(1, 0);
	give_back(&fake_nfs[0][1].a.outlet[0].ring, KEPT);
	fake_nfs[0][1].runs = 1;
	fake_traffic(0, 1000);
	assert_int_equal(p.parked, KEPT);
	fake_nfs[0][0].runs = 1;
	unpark();
	assert_int_equal(count(COUNT_LATE), KEPT);
	assert_int_equal(count(COUNT_REFUSED), 0);
	fake_rest();
	fake_expect_books(KEPT);
	end();
}

/* The last NF of a lot is about to answer, and the first one has lost others meanwhile, that come into the same lot. */
static void what_comes_to_a_lot_is_asked_for_from_the_start(void **state)
{
	(void)state;
	const struct lot *lot = &p.lots[0][0];
	start(3);
	chain_of(0, 2);
	arrive(KEPT);
	take(0, KEPT);
	fake_verdict = NULL;
	fake_nfs[0][0].runs = 1; /* it hands on what comes, and has lost those */
	chain_of(2, 1);
	close_routes();
	while (lot->passes > 1 || !lot->asking) {
		assert_int_equal(lot->count, KEPT);
		path_round(&p);
		fake_turns();
	}
	fake_nfs[0][1].runs = 0;
	chain_of(0, 2);
	arrive(50);
	take(0, 50);
	chain_of(2, 1);
	fake_rest();
	fake_nfs[0][1].runs = 1;
	fake_traffic(0, 1000);
	assert_int_equal(lot->count, KEPT + 50);
	fake_nfs[0][0].runs = 1;
	give_back(&fake_nfs[0][0].a.to_host, 50);
	unpark();
	assert_int_equal(count(COUNT_LATE), 50);
	fake_rest();
	fake_expect_books(KEPT + 50);
	end();
}

static uint32_t order;

static void not_followed_yet(struct netvm_packet *packet, uint32_t flow)
{
	(void)packet, (void)flow;
	assert_int_not_equal(fake_turn->a.slot->followed, order);
}

/* An NF says that it has followed an order when it has handed on what was there. */
static void an_order_is_followed_by_every_packet(void **state)
{
	(void)state;
	start(2);
	chain_of(0, 2);
	fake_traffic(100, 10);
	fake_rest();
	for (uint32_t slot = 0; slot < 2; slot++) { /* by netvmd's ring, and by a link */
		fake_nfs[0][0].runs = fake_nfs[0][1].runs = 0;
		arrive(200);
		fake_nfs[0][0].runs = (int)slot;
		for (uint32_t i = 0; i < 10; i++)
			fake_turns();
		fake_nfs[0][slot].runs = 1;
		fake_nfs[0][1 - slot].runs = 0;
		order = lanes_order(fake_nfs[0][slot].a.slot);
		fake_verdict = not_followed_yet;
		uint64_t before = fake_nfs[0][slot].seen;
		for (uint32_t i = 0; i < 20; i++)
			fake_turns();
		assert_int_equal(fake_nfs[0][slot].seen, before + 200);
		assert_int_equal(fake_nfs[0][slot].a.slot->followed, order);
		fake_verdict = NULL;
		fake_nfs[0][0].runs = fake_nfs[0][1].runs = 1;
		fake_rest();
	}
	fake_expect_books(0);
	end();
}

static void what_a_dead_nf_kept_is_free(void **state)
{
	(void)state;
	start_with_a_slow_nf();
	assert_int_equal(p.parked, KEPT);
	fake_die(0, 0);
	unpark();
	fake_expect_books(KEPT);
	assert_int_equal(p.reclaimed, KEPT);
	end();
}

/* Which of the two had what was lost with the second one nobody can tell at once; the first shows that it has nothing. */
static void what_was_lost_with_an_nf_is_not_kept_by_its_neighbours(void **state)
{
	(void)state;
	start(3);
	chain_of(0, 2);
	for (uint32_t i = 0; i < 20; i++) {
		fake_nfs[0][1].runs = 0;
		fake_traffic(200, 10);
		fake_die(0, 1);
		fake_rest();
		assert_int_equal(count(COUNT_DROP_NF_DIED), (i + 1) * 200);
		unpark();
		fake_expect_books((i + 1) * 200);
		path_slot_cleared(&p, 0, 1);
		fake_join(0, 1);
		chain_of(0, 2);
		assert_int_equal(p.chains[0].only->limit, CREDITS);
	}
	assert_int_equal(count(COUNT_LATE), 0);
	end();
}

/* As long as the first of them says nothing, they are its. */
static void what_a_neighbour_may_have_waits_for_it(void **state)
{
	(void)state;
	start(2);
	chain_of(0, 2);
	fake_nfs[0][1].runs = 0;
	fake_traffic(100, 10); /* all are in the link by now */
	arrive(KEPT);
	take(0, KEPT);
	fake_die(0, 1);
	fake_rest();
	for (uint32_t i = 0; i < 1000; i++)
		path_round(&p);
	assert_int_equal(p.parked, 200);
	/* It hands them on to the one that is gone, as it knows no better. */
	give_back(&fake_nfs[0][0].a.outlet[0].ring, KEPT);
	fake_nfs[0][0].runs = 1;
	unpark();
	assert_int_equal(count(COUNT_REFUSED), 0);
	fake_expect_books(200);
	/* They do not wait there for a successor. */
	path_slot_cleared(&p, 0, 1);
	fake_join(0, 1);
	chain_of(0, 2);
	fake_traffic(100, 10);
	fake_rest();
	assert_int_equal(fake_nfs[0][1].seen, 100);
	assert_int_equal(count(COUNT_REFUSED), 0);
	fake_expect_books(200);
	end();
}

/* A link is closed and opened again around packets that a slow NF puts into it: before, they are lost there; after, the next NF has them. */
static void a_closed_link_hands_nothing_old_on(void **state)
{
	(void)state;
	for (int opened = 0; opened < 2; opened++) {
		start(2);
		chain_of(0, 2);
		fake_traffic(100, 10);
		fake_rest();
		arrive(KEPT);
		take(0, KEPT);
		chain_of(1, 1);
		fake_traffic(100, 10);
		fake_rest();
		assert_int_equal(fake_nfs[0][1].a.inlets, 1);
		assert_int_equal(p.parked, KEPT);
		if (!opened)
			give_back(&fake_nfs[0][0].a.outlet[0].ring, KEPT);
		chain_of(0, 2);
		if (opened)
			give_back(&fake_nfs[0][0].a.outlet[0].ring, KEPT);
		fake_verdict = NULL;
		fake_nfs[0][0].runs = 1;
		fake_traffic(100, 10);
		fake_rest();
		unpark();
		assert_int_equal(fake_nfs[0][1].seen, 300 + (opened ? KEPT : 0));
		assert_int_equal(count(COUNT_LATE), opened ? KEPT : 0);
		assert_int_equal(count(COUNT_REFUSED), 0);
		fake_expect_books(KEPT);
		end();
	}
}

/* It stands still, and the chain is turned away from it and back again and again. */
static void an_nf_keeps_no_more_than_its_credits(void **state)
{
	(void)state;
	start(3);
	use_flows();
	set_chain(1, 1, (const struct instances[]){hop(0, NO_SERVICE, 2, 1)});
	half_of_flows_to(1);
	fake_nfs[0][0].runs = 0;
	for (uint32_t i = 0; i < 10; i++) {
		chain_of(0, 1);
		fake_traffic(100 * (i + 1), 50);
		for (uint64_t until = rte_rdtsc() + 20 * 2000 * 1000; fake.queues[FAKE_WIRE][0].waiting > 0 || rte_rdtsc() < until;) {
			path_round(&p); /* longer than what is too much may wait */
			fake_turns();
		}
		chain_of(1, 1);
		fake_rest();
		assert_true(p.parked <= CREDITS / 2);
	}
	assert_int_equal(p.parked, CREDITS / 2); /* the share of its chain */
	assert_int_equal(count(COUNT_DROP_RING_FULL), 0);
	assert_true(count(COUNT_DROP_BACKPRESSURE) > 0);
	/* With nothing left to it, nobody waits for it any more than once. */
	chain_of(0, 1);
	assert_int_equal(p.chains[0].only->limit, 0);
	fake_traffic(10, 1);
	while (p.held.count > 0)
		path_round(&p);
	for (uint32_t i = 0; i < 100; i++) {
		fake_traffic(10, 1);
		assert_int_equal(p.held.count, 0);
	}
	chain_of(1, 1);
	fake_rest();
	assert_int_equal(count(count_chain_entered(1)), count(count_chain_left(1)));
	assert_true(count(count_chain_left(1)) > 2000);
	fake_nfs[0][0].runs = 1;
	unpark();
	assert_int_equal(count(COUNT_LATE), CREDITS / 2);
	chain_of(0, 1);
	fake_traffic(1000, 100);
	fake_rest();
	fake_expect_books(count(COUNT_DROP_BACKPRESSURE) + CREDITS / 2);
	end();
}

static uint64_t goes_through(uint64_t packets)
{
	uint64_t before = count(COUNT_TX);
	fake_traffic(packets, packets / 10);
	fake_rest();
	return count(COUNT_TX) - before;
}

/* An NF stands still with all credits. Those beside it, before it or behind it on the lane, whatever their slots, have shown that they have nothing: nobody waits for them. */
static void a_chain_goes_on_without_the_nf_that_hangs(void **state)
{
	(void)state;
	static const struct {
		uint32_t before[2], after[2], hangs;
	} cases[] = {{{0, 1}, {0, 2}, 1}, {{1, 0}, {1, 2}, 0}, {{0, 1}, {2, 1}, 0}, {{1, 0}, {2, 0}, 1}};
	for (uint32_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		start(3);
		fake_verdict = NULL;
		chain_of_two(cases[i].before[0], cases[i].before[1]);
		fake_traffic(100, 10);
		fake_rest();
		fake_nfs[0][cases[i].hangs].runs = 0;
		fake_traffic(CREDITS, 10);
		assert_int_equal(p.in_flight, CREDITS);
		chain_of_two(cases[i].after[0], cases[i].after[1]);
		close_routes();
		fake_traffic(0, 10);
		assert_int_equal(p.parked, CREDITS);
		assert_int_equal(p.chains[0].only->limit, CREDITS);
		assert_int_equal(goes_through(50000), 50000);
		assert_int_equal(count(COUNT_DROP_RING_FULL), 0);
		/* To the one that hangs leads no more than its rings hold, and what it has at last is handed on in between. */
		chain_of(cases[i].hangs, 1);
		assert_int_equal(p.chains[0].only->limit, 0);
		chain_of_two(cases[i].after[0], cases[i].after[1]);
		fake_nfs[0][cases[i].hangs].runs = 1;
		assert_int_equal(goes_through(1000), 1000);
		unpark();
		fake_expect_books(CREDITS);
		assert_int_equal(count(COUNT_REFUSED), 0);
		end();
	}
}

/* The first NF has shown that it has none of what the second one keeps; then it stops, too, and others come to the same lot that may be in its rings. */
static void what_comes_to_a_lot_is_charged_anew(void **state)
{
	(void)state;
	start(3);
	fake_verdict = NULL;
	chain_of(0, 2);
	for (uint32_t slot = 2; slot-- > 0;) {
		fake_nfs[0][slot].runs = 0;
		fake_traffic(KEPT, 10);
		chain_of(2, 1);
		close_routes();
		fake_traffic(0, 10);
		chain_of(0, 1);
		assert_int_equal(p.chains[0].only->limit, slot == 1 ? CREDITS : CREDITS - 2 * KEPT);
		chain_of(0, 2);
	}
	fake_nfs[0][0].runs = fake_nfs[0][1].runs = 1;
	unpark();
	fake_expect_books(2 * KEPT);
	assert_int_equal(p.chains[0].only->limit, CREDITS);
	end();
}

/* The NF that comes into a dead one's slot has never had what the dead one's neighbour keeps. */
static void a_successor_is_charged_for_nothing(void **state)
{
	(void)state;
	start(3);
	fake_verdict = NULL;
	chain_of(0, 2);
	fake_nfs[0][0].runs = 0;
	fake_traffic(CREDITS, 10);
	chain_of(2, 1);
	close_routes();
	fake_die(0, 1);
	path_round(&p);
	path_slot_cleared(&p, 0, 1);
	fake_join(0, 1);
	chain_of(1, 1);
	assert_int_equal(p.parked, CREDITS);
	assert_int_equal(p.chains[0].only->limit, CREDITS);
	assert_int_equal(goes_through(1000), 1000);
	fake_nfs[0][0].runs = 1;
	unpark();
	fake_expect_books(CREDITS);
	end();
}

/* One NF after the other stands still, until all buffers of the domain are parked: the books say what then is lost, and when one is gone it goes on. */
static void a_domain_without_buffers_says_so(void **state)
{
	(void)state;
	memset(is_kept, 0, sizeof is_kept);
	fake_nfs_start(2, FLOWS);
	join(0, 0, 3);
	for (uint32_t slot = 0; slot < 2; slot++) {
		chain_of(slot, 1);
		fake_nfs[0][slot].runs = 0;
		fake_traffic(CREDITS, 10);
		chain_of(2, 1);
		close_routes();
	}
	assert_int_equal(p.parked, FAKE_DOMAIN_BUFFERS);
	uint64_t before = count(COUNT_DROP_DOMAIN_FULL);
	assert_int_equal(goes_through(1000), 0);
	assert_int_equal(count(COUNT_DROP_DOMAIN_FULL) - before, 1000);
	fake_die(0, 0);
	for (uint32_t i = 0; i < 10; i++)
		path_round(&p);
	assert_int_equal(p.parked, FAKE_DOMAIN_BUFFERS - CREDITS);
	assert_int_equal(goes_through(1000), 1000);
	fake_die(0, 1);
	unpark();
	fake_expect_books(count(COUNT_DROP_DOMAIN_FULL) + FAKE_DOMAIN_BUFFERS);
	end();
}

/* One that is not trusted any more may say what it likes: while it lives, it has them. */
static void what_a_quarantined_nf_says_frees_nothing(void **state)
{
	(void)state;
	struct netvm_desc nonsense[CREDITS];
	start(2);
	chain_of(0, 1);
	arrive(KEPT);
	take(0, KEPT);
	memset(nonsense, 0xff, sizeof nonsense);
	netvm_ring_push(&fake_nfs[0][0].a.to_host, nonsense, CREDITS);
	for (uint32_t i = 0; i < 3; i++)
		path_round(&p);
	assert_int_equal(p.chains[0].state, CHAIN_DOWN);
	close_routes();
	fake_nfs[0][0].a.slot->followed = fake_nfs[0][0].a.slot->order + 100;
	for (uint32_t i = 0; i < 1000; i++)
		path_round(&p);
	assert_int_equal(p.parked, KEPT);
	fake_die(0, 0);
	unpark();
	fake_expect_books(KEPT);
	end();
}

/* More sets of NFs than there are lots: some wait for others, and none is forgotten. */
static void more_sets_of_nfs_than_lots(void **state)
{
	(void)state;
	start(NETVM_MAX_NFS);
	for (uint32_t slot = 0; slot < 2 * LOTS; slot++) {
		chain_of(slot, 1);
		arrive(10);
		take(slot, 10);
		chain_of(NETVM_MAX_NFS - 1, 1);
		fake_rest();
	}
	assert_int_equal(p.parked, 2 * LOTS * 10);
	for (uint32_t slot = 0; slot < 2 * LOTS; slot++) {
		assert_true(p.parked > 0);
		fake_die(0, slot);
		for (uint32_t i = 0; i < 1000; i++)
			path_round(&p);
	}
	fake_expect_books(2 * LOTS * 10);
	end();
}

/* However many routes close, and however many buffers there are. */
static void a_round_looks_at_so_many_buffers_and_no_more(void **state)
{
	(void)state;
	start(17);
	use_flows();
	set_chain(0, 1, (const struct instances[]){hop(0, 3, 0, 16)});
	for (uint32_t slot = 0; slot < 16; slot++)
		fake_nfs[0][slot].runs = 0;
	arrive(CREDITS);
	chain_of(16, 1);
	assert_int_equal(p.closing, 16);
	assert_true(FAKE_MBUFS > 2 * SWEPT_A_ROUND);
	while (p.closing > 0) {
		uint64_t before = p.swept;
		path_round(&p);
		assert_true(p.swept - before <= SWEPT_A_ROUND);
	}
	assert_int_equal(count(COUNT_DROP_CHANGED), CREDITS);
	assert_int_equal(p.parked, CREDITS);
	assert_true(p.swept <= FAKE_MBUFS + SWEPT_A_ROUND); /* one pass for all of them */
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_slow_nf_keeps_is_nobody_else_s),
		cmocka_unit_test(what_is_parked_is_not_a_stranger_s),
		cmocka_unit_test(what_is_handed_back_counts_when_it_was_taken),
		cmocka_unit_test(what_is_handed_on_meanwhile_is_asked_for_again),
		cmocka_unit_test(what_comes_to_a_lot_is_asked_for_from_the_start),
		cmocka_unit_test(an_order_is_followed_by_every_packet),
		cmocka_unit_test(what_a_dead_nf_kept_is_free),
		cmocka_unit_test(what_was_lost_with_an_nf_is_not_kept_by_its_neighbours),
		cmocka_unit_test(what_a_neighbour_may_have_waits_for_it),
		cmocka_unit_test(a_closed_link_hands_nothing_old_on),
		cmocka_unit_test(an_nf_keeps_no_more_than_its_credits),
		cmocka_unit_test(a_chain_goes_on_without_the_nf_that_hangs),
		cmocka_unit_test(what_comes_to_a_lot_is_charged_anew),
		cmocka_unit_test(a_successor_is_charged_for_nothing),
		cmocka_unit_test(a_domain_without_buffers_says_so),
		cmocka_unit_test(what_a_quarantined_nf_says_frees_nothing),
		cmocka_unit_test(more_sets_of_nfs_than_lots),
		cmocka_unit_test(a_round_looks_at_so_many_buffers_and_no_more),
	};
	return fake_nfs_memory() == 0 ? cmocka_run_group_tests_name("reclaim", tests, NULL, NULL) : 1;
}
