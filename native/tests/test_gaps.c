/* What NFs on cores of their own note of their loops, and how late they come when they are woken, is in netvmd's events. */
#include "check.h"

#include <rte_cycles.h>

#include "fake_path.h"

#define HANDOVER 1000000u /* ticks */

/* A chain of so many NFs, all on core 3. */
static struct netvm_nf_slot *start(uint32_t nfs)
{
	struct chain_plan plan = fake_plan(nfs);
	path_start(1, &(struct chain_plan){0});
	for (uint32_t i = 0; i < nfs; i++)
		path_nf_joined(&p, 0, i, 0, 3, 0);
	path_set_chain(&p, 0, &plan, COUNT_DROP_CHANGED);
	assert_non_null(path_only_route(&p, 0));
	fake.queues[FAKE_WIRE][0].waiting = 0;
	p.handover_ticks = HANDOVER;
	p.last = rte_rdtsc();
	return region_slot(&p.region, 0);
}

/* Of both ends of an event; what the machine did to this process meanwhile may be in the others. */
static int is_noted(uint64_t start_tsc, uint64_t end_tsc)
{
	for (uint32_t i = 0; i < TELEMETRY_EVENTS && i < p.telemetry.header->events_written; i++) {
		if (p.telemetry.events[i].start_tsc == start_tsc && p.telemetry.events[i].end_tsc == end_tsc)
			return 1;
	}
	return 0;
}

/* Long enough for a look at the others, and with nothing to do. */
static void rounds(void)
{
	for (uint32_t i = 0; i < 300; i++)
		path_round(&p);
}

static void gaps_of_an_nf_on_another_core_are_gathered_while_nothing_moves(void **state)
{
	(void)state;
	struct netvm_nf_slot *slot = start(1);
	rounds();
	slot->gaps[0] = (struct netvm_nf_gap){1000, 2000};
	slot->gaps[1] = (struct netvm_nf_gap){5000, 4000}; /* no honest one */
	slot->gaps_written = 2;
	rounds();
	assert_int_equal(is_noted(1000, 2000), 1);
	assert_int_equal(is_noted(5000, 4000), 0);
	path_end();
}

static void nfs_that_share_a_core_excuse_nothing_with_it(void **state)
{
	(void)state;
	struct netvm_nf_slot *slot = start(2);
	slot->gaps[0] = (struct netvm_nf_gap){3000, 4000};
	slot->gaps_written = 1;
	rounds();
	assert_int_equal(is_noted(3000, 4000), 0);
	p.nfs[0][1].core = 4; /* from here on it is alone; what was before is not called up again */
	slot->gaps[1] = (struct netvm_nf_gap){6000, 7000};
	slot->gaps_written = 2;
	rounds();
	assert_int_equal(is_noted(3000, 4000), 0);
	assert_int_equal(is_noted(6000, 7000), 1);
	path_end();
}

/* A packet comes for an NF that sleeps. Returns when it was woken. */
static uint64_t wake(struct netvm_nf_slot *slot)
{
	slot->sleeping = 1;
	fake.queues[FAKE_WIRE][0].waiting = 1;
	path_round(&p);
	assert_int_equal(slot->sleeping, 0);
	assert_true(p.nfs[0][0].woken > 0);
	return p.nfs[0][0].woken;
}

/* It wakes up so many ticks after it was woken; `slept_again` since, or never. */
static uint64_t wake_up(struct netvm_nf_slot *slot, uint64_t late, int slept_again, uint64_t *woke)
{
	slot->slept_tsc = slot->woke_tsc = rte_rdtsc();
	uint64_t woken = wake(slot);
	while (rte_rdtsc() < woken + late)
		;
	*woke = woken + late - 1;
	if (slept_again)
		slot->slept_tsc = *woke - 1;
	slot->woke_tsc = *woke;
	rounds();
	assert_int_equal(p.nfs[0][0].woken, 0);
	return woken;
}

static void an_nf_that_comes_late_is_a_gap(void **state)
{
	(void)state;
	uint64_t woke, woken;
	struct netvm_nf_slot *slot = start(1);
	woken = wake_up(slot, HANDOVER + 2, 0, &woke);
	assert_int_equal(is_noted(woken, woke), 1);
	woken = wake_up(slot, HANDOVER / 2, 0, &woke);
	assert_int_equal(is_noted(woken, woke), 0);
	woken = wake_up(slot, HANDOVER + 2, 1, &woke); /* others have woken it since */
	assert_int_equal(is_noted(woken, woke), 0);
	path_end();
}

static void an_nf_that_names_a_time_to_come_is_not_believed(void **state)
{
	(void)state;
	struct netvm_nf_slot *slot = start(1);
	uint64_t woken = wake(slot);
	slot->woke_tsc = UINT64_MAX;
	rounds();
	assert_int_equal(is_noted(woken, UINT64_MAX), 0);
	path_end();
}

static void an_nf_that_has_not_come_yet_is_waited_for(void **state)
{
	(void)state;
	struct netvm_nf_slot *slot = start(1);
	uint64_t woken = wake(slot);
	rounds();
	assert_int_equal(p.nfs[0][0].woken, woken);
	path_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gaps_of_an_nf_on_another_core_are_gathered_while_nothing_moves),
		cmocka_unit_test(nfs_that_share_a_core_excuse_nothing_with_it),
		cmocka_unit_test(an_nf_that_comes_late_is_a_gap),
		cmocka_unit_test(an_nf_that_names_a_time_to_come_is_not_believed),
		cmocka_unit_test(an_nf_that_has_not_come_yet_is_waited_for),
	};
	if (fake_memory() != 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
