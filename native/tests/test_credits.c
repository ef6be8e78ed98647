/* How many packets a chain may have under way: its share by weight, and so many fewer to an NF that keeps lost ones; no chain waits for another's. */
#include "check.h"

#include <rte_cycles.h>

#include "fake_reclaim.h"

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

/* The first NF of chain 1 stops. */
static void a_chain_that_stands_still_holds_up_no_other(void **state)
{
	(void)state;
	fake_nfs_start(1, FLOWS);
	use_flows();
	join(0, 0, 2);
	chain_of(0, 1);
	set_chain(1, 1, (const struct instances[]){hop(0, NO_SERVICE, 1, 1)});
	half_of_flows_to(1);
	fake_nfs[0][1].runs = 0;
	for (uint32_t i = 0; i < 10; i++) {
		fake_traffic(FLOWS, 100);
		for (uint64_t until = rte_rdtsc() + 2 * 2000 * 100; fake.queues[FAKE_WIRE][0].waiting > 0 || rte_rdtsc() < until;) {
			path_round(&p);
			fake_turns();
		}
	}
	assert_int_equal(fake_nfs[0][0].seen, 10 * FLOWS / 2);
	assert_int_equal(p.in_flight, CREDITS / 2); /* its share */
	assert_int_equal(count(COUNT_DROP_BACKPRESSURE), 10 * FLOWS / 2 - CREDITS / 2);
	assert_int_equal(count(COUNT_WASTED_HOPS), 0);
	fake_nfs[0][1].runs = 1;
	fake_rest();
	uint64_t dropped = count(COUNT_DROP_BACKPRESSURE);
	fake_traffic(10 * FLOWS, 1000);
	fake_rest();
	assert_int_equal(count(COUNT_DROP_BACKPRESSURE), dropped);
	fake_expect_books(dropped);
	end();
}

static void credits_are_shared_by_weights(void **state)
{
	(void)state;
	fake_nfs_start(1, FLOWS);
	use_flows();
	join(0, 0, 2);
	struct chain_plan heavy = plan_of(1, (const struct instances[]){hop(0, NO_SERVICE, 1, 1)});
	heavy.weight = 3;
	chain_of(0, 1);
	path_set_chain(&p, 1, &heavy, COUNT_DROP_CHANGED);
	assert_int_equal(p.chains[0].only->limit, CREDITS / 4);
	assert_int_equal(p.chains[1].only->limit, CREDITS / 4 * 3);
	path_set_chain(&p, 1, &(struct chain_plan){0}, COUNT_DROP_CHANGED);
	assert_int_equal(p.chains[0].only->limit, CREDITS);
	fake_rest();
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_nf_keeps_no_more_than_its_credits),
		cmocka_unit_test(a_chain_goes_on_without_the_nf_that_hangs),
		cmocka_unit_test(what_comes_to_a_lot_is_charged_anew),
		cmocka_unit_test(a_successor_is_charged_for_nothing),
		cmocka_unit_test(a_chain_that_stands_still_holds_up_no_other),
		cmocka_unit_test(credits_are_shared_by_weights),
	};
	return fake_nfs_memory() == 0 ? cmocka_run_group_tests_name("credits", tests, NULL, NULL) : 1;
}
