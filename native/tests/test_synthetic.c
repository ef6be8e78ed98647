#include "nf_check.h"

static void changes_nothing(void **state)
{
	(void)state;
	uint8_t frame[CRAFT_BYTES], before[CRAFT_BYTES];
	const struct crafted c = {.src_port = 1, .dst_port = 2};
	start_with("--cycles 50 --frame-bytes 65535 --memory-bytes 4096 --memory-kib 64", NULL);
	for (int i = 0; i < 100; i++) {
		struct netvm_packet p = craft_packet(frame, &c);
		memcpy(before, frame, sizeof before);
		assert_int_equal(run(&p), NETVM_ACTION_NEXT);
		assert_memory_equal(frame, before, sizeof before);
	}
}

static void bad_options_are_refused(void **state)
{
	(void)state;
	refused_with("--cycles many", NULL, "--cycles: expected a number from 0 to 1000000, got many");
	refused_with("--memory-kib 100", NULL, "--memory-kib: expected a power of two, got 100");
	refused_with("--speed 1", NULL, "--speed: expected one of --cycles");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_back_what_it_took),
		cmocka_unit_test(changes_nothing),
		cmocka_unit_test(bad_options_are_refused),
		cmocka_unit_test(passes_ordinary_traffic),
		cmocka_unit_test(survives_malformed_packets),
	};
	return cmocka_run_group_tests_name("synthetic", tests, NULL, NULL);
}
