/* A slot whose NF is gone is free in one step: whoever takes it at once finds it as new, and nobody writes to it any more. */
#include "check.h"

#include <signal.h>
#include <x86intrin.h>

#include "fake_chains.h"

static struct netvm_nf_slot *contested;
static uint32_t left_in_rings; /* when the slot was taken */

/* After each instruction: an NF that takes a slot as soon as it is free. */
static void take_when_free(int signal_number)
{
	(void)signal_number;
	if (contested->state_and_pid != NETVM_NF_FREE)
		return;
	const struct netvm_ring *in = region_ring(&p.region, netvm_ring_in(0)), *out = region_ring(&p.region, netvm_ring_out(0));
	contested->state_and_pid = NETVM_NF_ATTACHING | 4711ull << 32;
	for (uint32_t i = 0; i < sizeof contested->name; i++)
		contested->name[i] = 'b';
	contested->ready_tsc += 1;
	left_in_rings = in->head | in->tail | out->head | out->tail;
}

static void a_slot_is_free_in_one_step(void **state)
{
	(void)state;
	const uint64_t step = 1u << 8; /* the trap flag */
	struct sigaction before, take = {.sa_handler = take_when_free};
	fake_nfs_start(1, 0);
	join(0, 0, 1);
	chain_of(0, 1);
	fake_traffic(100, 10);
	fake_rest();
	contested = region_slot(&p.region, 0);
	contested->gaps[NETVM_NF_GAPS - 1].end_tsc = 1;
	fake_die(0, 0);
	close_routes();
	assert_int_equal(sigaction(SIGTRAP, &take, &before), 0);
	__writeeflags(__readeflags() | step);
	path_slot_cleared(&p, 0, 0);
	__writeeflags(__readeflags() & ~step);
	sigaction(SIGTRAP, &before, NULL);
	assert_int_equal(left_in_rings, 0);
	assert_int_equal(contested->state, NETVM_NF_ATTACHING);
	assert_int_equal(contested->pid, 4711);
	for (uint32_t i = 0; i < sizeof contested->name; i++)
		assert_int_equal(contested->name[i], 'b');
	assert_int_equal(contested->ready_tsc, 1);
	assert_int_equal(contested->gaps[NETVM_NF_GAPS - 1].end_tsc, 0);
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_slot_is_free_in_one_step),
	};
	return fake_nfs_memory() == 0 ? cmocka_run_group_tests_name("slots", tests, NULL, NULL) : 1;
}
