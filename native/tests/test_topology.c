#define _GNU_SOURCE
/* Nodes and their cores out of directories as kernels have them, as machines are simulated, and as nobody should write them. */
#include "check.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../netvmd/topology.h"

static char directory[64];
static struct topology t;
static char error[TOPOLOGY_ERROR_BYTES];

static int make_directory(void **state)
{
	(void)state;
	strcpy(directory, "/tmp/netvm-topology-XXXXXX");
	return mkdtemp(directory) ? 0 : -1;
}

static int remove_directory(void **state)
{
	(void)state;
	char command[128];
	snprintf(command, sizeof command, "rm -r %s", directory);
	return system(command);
}

/* A file of so many bytes, and the directory of its node. */
static void put_bytes(const char *name, const char *bytes, size_t n)
{
	char path[256];
	snprintf(path, sizeof path, "%s/%s", directory, name);
	char *end = strrchr(path, '/');
	*end = 0;
	mkdir(path, 0700);
	*end = '/';
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, n, file), n);
	fclose(file);
}

static void put(const char *name, const char *text)
{
	put_bytes(name, text, strlen(text));
}

static int read_it(void)
{
	error[0] = 0;
	return topology_read(directory, &t, error);
}

static void two_nodes_and_their_cores(void **state)
{
	(void)state;
	char text[64];
	put("node0/cpulist", "0-3,8\n");
	put("node2/cpulist", "4-7,1023\n");
	put("node3/cpulist", "\n"); /* memory alone */
	put("has_cpu", "0,2\n");
	assert_int_equal(read_it(), 0);
	assert_int_equal(t.nodes, 3);
	assert_int_equal(topology_node_of_core(&t, 0), 0);
	assert_int_equal(topology_node_of_core(&t, 3), 0);
	assert_int_equal(topology_node_of_core(&t, 4), 2);
	assert_int_equal(topology_node_of_core(&t, 8), 0);
	assert_int_equal(topology_node_of_core(&t, 1023), 2);
	assert_int_equal(topology_node_of_core(&t, 9), TOPOLOGY_NONE);
	assert_int_equal(topology_node_of_core(&t, -1), TOPOLOGY_NONE);
	assert_int_equal(topology_node_of_core(&t, 1024), TOPOLOGY_NONE);
	assert_int_equal(topology_real(&t, 2), 2);
	assert_int_equal(topology_real(&t, 1), TOPOLOGY_NONE);
	assert_int_equal(topology_real(&t, 64), TOPOLOGY_NONE);
	topology_describe(&t, text, sizeof text);
	assert_string_equal(text, "0, 2, 3");
}

static void simulated_nodes_have_real_ones_behind_them(void **state)
{
	(void)state;
	put("node0/cpulist", "0");
	put("node1/cpulist", "1");
	put("node1/real", "0\n");
	assert_int_equal(read_it(), 0);
	assert_int_equal(topology_real(&t, 0), 0);
	assert_int_equal(topology_real(&t, 1), 0);
	assert_int_equal(topology_node_of_real(&t, 0, 1), 1);
	assert_int_equal(topology_node_of_real(&t, 0, 0), 0);
	assert_int_equal(topology_node_of_real(&t, 0, TOPOLOGY_NONE), 0);
	assert_int_equal(topology_node_of_real(&t, 1, 1), TOPOLOGY_NONE);
	assert_int_equal(topology_node_of_real(&t, TOPOLOGY_NONE, 5), TOPOLOGY_NONE);
}

static void this_machine_is_read(void **state)
{
	(void)state;
	cpu_set_t set;
	assert_int_equal(topology_read(NULL, &t, error), 0);
	assert_true(t.nodes >= 1);
	assert_int_equal(sched_getaffinity(0, sizeof set, &set), 0);
	for (int core = 0; core < CPU_SETSIZE; core++) {
		if (CPU_ISSET((unsigned)core, &set))
			assert_true(topology_node_of_core(&t, core) >= 0);
	}
}

static void a_wrong_directory_is_not_taken_for_one_node(void **state)
{
	(void)state;
	char file[128];
	assert_int_equal(topology_read("/nonexistent", &t, error), -1);
	assert_string_equal(error, "/nonexistent/node0: No such file or directory");
	assert_int_equal(read_it(), -1); /* nothing in it */
	assert_non_null(strstr(error, "/node0: expected at least one node"));
	put("node0/cpulist", "0");
	snprintf(file, sizeof file, "%s/node0/cpulist", directory);
	assert_int_equal(topology_read(file, &t, error), -1);
	assert_non_null(strstr(error, "Not a directory"));
}

static void hostile_files_are_refused_by_name(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		const char *error;
	} cases[] = {
		{"x", "expected a list of cores"},
		{",", "expected a list of cores"},
		{"0,", "expected a list of cores"},
		{"0,,1", "expected a list of cores"},
		{"-1", "expected a list of cores"},
		{" 0", "expected a list of cores"},
		{"1024", "expected a list of cores"},
		{"4294967296", "expected a list of cores"},
		{"99999999999999999999", "expected a list of cores"},
		{"0-1024", "expected each range"},
		{"3-1", "expected each range"},
		{"0-", "expected each range"},
		{"0-3-5", "expected \"-\" or \",\""},
		{"0 1", "expected \"-\" or \",\""},
		{"0\n1", "expected \"-\" or \",\""},
		{"0-3,2", "a core is on two nodes"},
		{"0-1023,0-1023", "a core is on two nodes"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		put("node0/cpulist", cases[i].text);
		assert_int_equal(read_it(), -1);
		assert_non_null(strstr(error, "/node0/cpulist: "));
		if (!strstr(error, cases[i].error))
			print_error("expected \"%s\", got \"%s\"\n", cases[i].error, error);
		assert_non_null(strstr(error, cases[i].error));
	}
}

static void hostile_sizes_and_bytes_are_refused(void **state)
{
	(void)state;
	static char long_text[5000];
	memset(long_text, '0', sizeof long_text);
	put_bytes("node0/cpulist", long_text, sizeof long_text);
	assert_int_equal(read_it(), -1);
	assert_non_null(strstr(error, "/node0/cpulist: File too large"));
	put_bytes("node0/cpulist", "0\0001", 3);
	assert_int_equal(read_it(), -1);
	put_bytes("node0/cpulist", long_text, 4096); /* as long as may be, and the number 0 */
	assert_int_equal(read_it(), 0);
	assert_int_equal(topology_node_of_core(&t, 0), 0);
}

static void hostile_nodes_are_refused(void **state)
{
	(void)state;
	static const char *const reals[] = {"", "-1", "64", "0,1", "1 ", "one"};
	put("node0/cpulist", "0");
	for (size_t i = 0; i < sizeof reals / sizeof reals[0]; i++) {
		put("node0/real", reals[i]);
		assert_int_equal(read_it(), -1);
		assert_non_null(strstr(error, "/node0/real: expected the number"));
	}
	put("node0/real", "0");
	put("node1/cpulist", "0"); /* node0's */
	assert_int_equal(read_it(), -1);
	assert_non_null(strstr(error, "a core is on two nodes"));
	put("node1/cpulist", "1");
	put("node00/cpulist", "2");
	assert_int_equal(read_it(), -1);
	assert_non_null(strstr(error, "a node is there twice"));
}

static void a_node_beyond_the_last_is_refused(void **state)
{
	(void)state;
	put("node0/cpulist", "0");
	put("node64/cpulist", "1");
	assert_int_equal(read_it(), -1);
	assert_non_null(strstr(error, "/node64: expected a node from node0 to node63"));
}

static void crossings_go_there_and_back(void **state)
{
	(void)state;
	static const struct {
		int nodes[5];
		uint32_t n, crossings;
	} cases[] = {
		{{0}, 0, 0},		   {{0}, 1, 0},		      {{0, 0}, 2, 0},	       {{0, 1}, 2, 2},
		{{0, 1, 1}, 3, 2},	   {{0, 1, 0}, 3, 2},	      {{0, 1, 0, 1}, 4, 4},    {{0, 1, 2}, 3, 3},
		{{1, 0, 0, 1, 1}, 5, 2},   {{0, TOPOLOGY_NONE}, 2, 0}, {{0, TOPOLOGY_NONE, 1}, 3, 1},
	};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		assert_int_equal(topology_crossings(cases[i].nodes, cases[i].n), cases[i].crossings);
}

#define in_directory(test) cmocka_unit_test_setup_teardown(test, make_directory, remove_directory)

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_directory(two_nodes_and_their_cores),
		in_directory(simulated_nodes_have_real_ones_behind_them),
		cmocka_unit_test(this_machine_is_read),
		in_directory(a_wrong_directory_is_not_taken_for_one_node),
		in_directory(hostile_files_are_refused_by_name),
		in_directory(hostile_sizes_and_bytes_are_refused),
		in_directory(hostile_nodes_are_refused),
		in_directory(a_node_beyond_the_last_is_refused),
		cmocka_unit_test(crossings_go_there_and_back),
	};
	return cmocka_run_group_tests_name("topology", tests, NULL, NULL);
}
