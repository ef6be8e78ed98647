#include "nf_check.h"

#include "../nfs/bridge/stations.h"

/* A frame from station to station (last byte of 02:00:00:00:00:xx), in a VLAN where that is not 0, through a port. */
static uint8_t pass(uint8_t from, uint8_t to, uint8_t vlans, uint8_t port)
{
	uint8_t frame[CRAFT_BYTES];
	const struct crafted c = {.vlans = vlans};
	struct netvm_packet p = craft_packet(frame, &c);
	p.target = port;
	frame[5] = to;
	frame[11] = from;
	return run(&p);
}

static void what_is_on_the_same_port_is_filtered(void **state)
{
	(void)state;
	start_with(NULL, NULL);
	assert_int_equal(pass(1, 2, 0, 0), NETVM_ACTION_NEXT); /* 2 is not known: flooded */
	assert_int_equal(pass(2, 1, 0, 0), NETVM_ACTION_DROP); /* 1 is on this port */
	assert_int_equal(pass(2, 1, 1, 0), NETVM_ACTION_NEXT); /* but not known in this VLAN */
	assert_int_equal(pass(3, 1, 0, 1), NETVM_ACTION_NEXT); /* from another port it must go there */
	assert_int_equal(pass(1, 9, 0, 1), NETVM_ACTION_NEXT); /* 1 moves to port 1 */
	assert_int_equal(pass(2, 1, 0, 0), NETVM_ACTION_NEXT);
	assert_int_equal(pass(3, 1, 0, 1), NETVM_ACTION_DROP);
}

static void groups_are_flooded_and_reserved_ones_refused(void **state)
{
	(void)state;
	start_with(NULL, NULL);
	uint8_t frame[CRAFT_BYTES];
	const struct crafted c = {0};
	struct netvm_packet p = craft_packet(frame, &c);
	memset(frame, 0xff, 6);
	assert_int_equal(run(&p), NETVM_ACTION_NEXT);
	memcpy(frame, "\x01\x80\xc2\0\0\x0e", 6); /* LLDP */
	assert_int_equal(run(&p), NETVM_ACTION_DROP);
	frame[5] = 0x10;
	assert_int_equal(run(&p), NETVM_ACTION_NEXT);
	frame[6] |= 1; /* a group as source */
	assert_int_equal(run(&p), NETVM_ACTION_DROP);
}

static void stations_age_and_a_full_set_keeps_them(void **state)
{
	(void)state;
	struct stations t = {.table = calloc(STATIONS, sizeof(struct station)), .ageing_s = 300};
	assert_non_null(t.table);
	station_learn(&t, 5, 3, 100);
	assert_non_null(station_find(&t, 5, 400));
	assert_null(station_find(&t, 5, 401));
	/* Keys of one set. */
	uint64_t keys[5];
	uint32_t n = 0;
	for (uint64_t key = 1; n < 5; key++) {
		if (station_set(&t, key) == station_set(&t, 77777))
			keys[n++] = key;
	}
	for (uint32_t i = 0; i < 5; i++)
		station_learn(&t, keys[i], i, 1000);
	assert_int_equal(t.not_learned, 1);
	assert_null(station_find(&t, keys[4], 1000));
	assert_int_equal(station_find(&t, keys[0], 1000)->port, 0);
	station_learn(&t, keys[4], 4, 1301); /* the others are old now */
	assert_int_equal(station_find(&t, keys[4], 1301)->port, 4);
	free(t.table);
}

static void bad_options_are_refused(void **state)
{
	(void)state;
	refused_with("--ageing-s 0", NULL, "--ageing-s: expected a number from 1 to 1000000, got 0");
	refused_with("--ageing-s", NULL, "got nothing");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_back_what_it_took),
		cmocka_unit_test(what_is_on_the_same_port_is_filtered),
		cmocka_unit_test(groups_are_flooded_and_reserved_ones_refused),
		cmocka_unit_test(stations_age_and_a_full_set_keeps_them),
		cmocka_unit_test(bad_options_are_refused),
		cmocka_unit_test(passes_ordinary_traffic),
		cmocka_unit_test(survives_malformed_packets),
	};
	return cmocka_run_group_tests_name("bridge", tests, NULL, NULL);
}
