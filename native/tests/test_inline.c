/*
 * NFs in netvmd's own thread: real shared objects, loaded as netvmd loads them, in its data path on a port without DPDK. Each instance has
 * variables of its own, verdicts are counted by place, order is kept, and what is no NF is refused.
 *
 *   test-inline EACH_NTH.so FORWARD.so WRONG_ABI.so NO_PROCESS.so NO_MODULE.so
 */
#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <rte_cycles.h>

#include "../netvmd/inline_load.h"
#include "fake_path.h"

static char **modules; /* in the order above */
enum { EACH_NTH, FORWARD, WRONG_ABI, NO_PROCESS, NO_MODULE, MODULES };

static struct inline_nf instances[NETVM_MAX_NFS];

static void load(uint32_t i, int module, const char *option)
{
	char error[256];
	const char *options[] = {option};
	if (inline_load(&instances[i], modules[module], option ? 1 : 0, options, error, sizeof error) != 0)
		fail_msg("%s", error);
}

static struct chain_plan plan_of(uint32_t length)
{
	struct chain_plan plan = {.used = 1, .weight = 1, .inline_length = length};
	for (uint32_t i = 0; i < length; i++)
		plan.inline_nfs[i] = instances[i].nf;
	return plan;
}

static void unload(uint32_t length)
{
	for (uint32_t i = 0; i < length; i++) {
		inline_unload(&instances[i]);
		assert_null(instances[i].nf);
	}
}

/* Bursts of all lengths on all queues, then everything comes out. */
static void run(int rounds)
{
	for (int round = 0; round < rounds; round++) {
		for (uint16_t q = 0; q < p.queues; q++)
			fake.queues[FAKE_WIRE][q].waiting = (uint64_t)(rand() % 150);
		path_round(&p);
	}
	for (uint32_t q = 0; q < FAKE_QUEUES; q++) {
		fake.queues[FAKE_WIRE][q].waiting = 0;
		fake.queues[FAKE_WIRE][q].room = UINT64_MAX;
	}
	for (int i = 0; i < 100 && (path_round(&p) > 0 || p.unsent_count > 0); i++)
		;
	assert_int_equal(count(COUNT_IN_FLIGHT), 0);
}

static void instances_of_one_file_have_variables_of_their_own(void **state)
{
	(void)state;
	load(0, EACH_NTH, "3");
	load(1, EACH_NTH, "2");
	load(2, EACH_NTH, "5");
	assert_ptr_not_equal(instances[0].nf, instances[1].nf);
	assert_ptr_not_equal(instances[0].library, instances[1].library);
	struct chain_plan plan = plan_of(3);
	path_start(1, &plan);
	run(500);
	uint64_t in = count(COUNT_RX), second = in - in / 3, third = second - second / 2;
	assert_true(in > 10000);
	assert_int_equal(count(COUNT_NF_DROP_FIRST), in / 3);
	assert_int_equal(count(COUNT_NF_DROP_FIRST + 1), second / 2);
	assert_int_equal(count(COUNT_NF_DROP_FIRST + 2), third / 5);
	expect_books(in / 3 + second / 2 + third / 5);
	path_end();
	unload(3);
}

/* As a chain of 32 of one NF, with an instance that goes and another that comes in its place. */
static void a_whole_chain_of_one_nf_and_a_successor(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < NETVM_MAX_NFS; i++)
		load(i, FORWARD, NULL);
	inline_unload(&instances[7]);
	load(7, EACH_NTH, "4");
	struct chain_plan plan = plan_of(NETVM_MAX_NFS);
	path_start(3, &plan);
	run(200);
	assert_int_equal(count(COUNT_NF_DROP_FIRST + 7), count(COUNT_RX) / 4);
	expect_books(count(COUNT_RX) / 4);
	path_end();
	unload(NETVM_MAX_NFS);
}

/* A burst of which nothing is left is no burst to send, and a full queue holds back the wire, not the NF's count. */
static void drops_and_full_queues_keep_the_books(void **state)
{
	(void)state;
	load(0, EACH_NTH, "1");
	struct chain_plan plan = plan_of(1);
	path_start(2, &plan);
	run(50);
	assert_int_equal(count(COUNT_NF_DROP_FIRST), count(COUNT_RX));
	assert_int_equal(count(COUNT_TX), 0);
	expect_books(count(COUNT_RX));
	path_end();
	unload(1);

	load(0, EACH_NTH, "3");
	plan = plan_of(1);
	path_start(3, &plan);
	fake.moody = 1;
	run(1000);
	fake.moody = 0;
	run(1);
	expect_books(count(COUNT_RX) / 3);
	path_end();
	unload(1);
}

/* Between two chains, and port to port afterwards. */
static void a_chain_changes_under_traffic(void **state)
{
	(void)state;
	load(0, EACH_NTH, "2");
	load(1, EACH_NTH, "7");
	struct chain_plan plan = plan_of(2);
	path_start(1, &plan);
	run(100);
	uint64_t first = count(COUNT_RX), dropped = first / 2 + (first - first / 2) / 7;
	path_set_chain(&p, 0, &(struct chain_plan){0}, COUNT_DROP_CHANGED);
	unload(2);
	run(100);
	assert_true(count(COUNT_RX) > first);
	expect_books(dropped);
	path_end();
}

static void expect_refusal(const char *file, const char *option, const char *part)
{
	char error[256] = "";
	const char *options[] = {option};
	assert_int_equal(inline_load(&instances[0], file, option ? 1 : 0, options, error, sizeof error), -1);
	assert_null(instances[0].nf);
	if (!strstr(error, part))
		fail_msg("expected \"%s\" in: %s", part, error);
}

static void what_is_no_nf_is_refused_by_name(void **state)
{
	(void)state;
	char text[] = "module-XXXXXX";
	int fd = mkstemp(text);
	assert_int_equal(write(fd, "#!/bin/sh\n", 10), 10);
	close(fd);
	expect_refusal(text, NULL, "module-");
	expect_refusal(text, NULL, "file too short");
	unlink(text);
	expect_refusal(text, NULL, "No such file or directory");
	expect_refusal("/", NULL, "expected a file of at most 64 MB");
	expect_refusal(modules[WRONG_ABI], NULL, "is built for version 3 of the NF ABI, and netvmd has 2");
	expect_refusal(modules[NO_MODULE], NULL, "has no symbol netvm_nf_module");
	expect_refusal(modules[NO_PROCESS], NULL, "without a process function");
	expect_refusal(modules[EACH_NTH], NULL, "each-nth: expected one option: a number above 0");
	expect_refusal(modules[EACH_NTH], "0", "each-nth: expected one option");
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(instances_of_one_file_have_variables_of_their_own),
		cmocka_unit_test(a_whole_chain_of_one_nf_and_a_successor),
		cmocka_unit_test(drops_and_full_queues_keep_the_books),
		cmocka_unit_test(a_chain_changes_under_traffic),
		cmocka_unit_test(what_is_no_nf_is_refused_by_name),
	};
	modules = argv + 1;
	if (argc != MODULES + 1 || fake_memory() != 0)
		return 1;
	int failed = cmocka_run_group_tests_name("inline", tests, NULL, NULL);
	return failed;
}
