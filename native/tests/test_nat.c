#include "nf_check.h"

#include "../nfs/nat/translate.h"

#define INSIDE 0x0a000005u
#define PUBLIC 0xcb007101u
#define OUTSIDE 0xc6130001u

static const char options[] = "--inside 10.0.0.0/8 --public 203.0.113.1";

/* Sends a packet through and reads what came out; 0 where it was dropped. */
static int through(const struct crafted *c, struct netvm_flow *out, uint16_t *identifier)
{
	uint8_t frame[CRAFT_BYTES];
	struct netvm_headers h;
	struct netvm_packet p = craft_packet(frame, c);
	if (run(&p) == NETVM_ACTION_DROP)
		return 0;
	assert_true(craft_sums_right(frame, p.length));
	assert_int_equal(netvm_headers_read(frame, p.length, &h), 4);
	netvm_flow_of(frame, &h, out);
	if (identifier)
		*identifier = netvm_be16(frame + h.l4 + 4);
	return 1;
}

static void answers_find_their_way_back(uint8_t protocol, uint8_t vlans)
{
	struct netvm_flow f;
	const struct crafted out = {.protocol = protocol, .vlans = vlans, .src = INSIDE, .dst = OUTSIDE, .src_port = 5000,
				    .dst_port = 80, .tcp_flags = 2, .payload = "odd", .payload_bytes = 3};
	assert_true(through(&out, &f, NULL));
	assert_true(f.src.low == PUBLIC && f.dst.low == OUTSIDE && f.dst_port == 80 && f.src_port >= 1024);
	uint16_t port = f.src_port;
	assert_true(through(&out, &f, NULL));
	assert_int_equal(f.src_port, port);
	const struct crafted in = {.protocol = protocol, .vlans = vlans, .src = OUTSIDE, .dst = PUBLIC, .src_port = 80,
				   .dst_port = port, .tcp_flags = 0x12, .payload = "answer", .payload_bytes = 6};
	assert_true(through(&in, &f, NULL));
	assert_true(f.src.low == OUTSIDE && f.dst.low == INSIDE && f.dst_port == 5000 && f.src_port == 80);
}

static void tcp_and_udp_go_out_and_come_back(void **state)
{
	(void)state;
	start_with(options, NULL);
	answers_find_their_way_back(NETVM_UDP, 0);
	answers_find_their_way_back(NETVM_TCP, 0);
	answers_find_their_way_back(NETVM_TCP, 2);
}

static void echoes_too(void **state)
{
	(void)state;
	struct netvm_flow f;
	uint16_t identifier;
	start_with(options, NULL);
	const struct crafted ask = {.protocol = NETVM_ICMP, .icmp_type = 8, .src = INSIDE, .dst = OUTSIDE, .src_port = 42};
	assert_true(through(&ask, &f, &identifier));
	assert_true(f.src.low == PUBLIC);
	const struct crafted answer = {.protocol = NETVM_ICMP, .src = OUTSIDE, .dst = PUBLIC, .src_port = identifier};
	assert_true(through(&answer, &f, &identifier));
	assert_true(f.dst.low == INSIDE && identifier == 42);
}

/* UDP's checksum of 0 says that there is none: it stays, and no other may become it. */
static void udp_checksums_of_zero(void **state)
{
	(void)state;
	start_with(options, NULL);
	uint8_t frame[CRAFT_BYTES];
	for (uint32_t i = 0; i < 65536; i++) {
		uint8_t payload[2] = {(uint8_t)(i >> 8), (uint8_t)i};
		const struct crafted c = {.src = INSIDE, .src_port = 9, .payload = payload, .payload_bytes = 2, .no_udp_checksum = i == 7};
		struct netvm_packet p = craft_packet(frame, &c);
		if (i != 7 && netvm_be16(frame + 40) == 0)
			netvm_put16(frame + 40, 0xffff);
		assert_int_equal(run(&p), NETVM_ACTION_NEXT);
		assert_int_equal(netvm_be16(frame + 40) == 0, i == 7);
		assert_true(craft_sums_right(frame, p.length));
	}
}

static void an_error_about_a_packet_goes_to_its_sender(void **state)
{
	(void)state;
	uint8_t frame[CRAFT_BYTES], sent[CRAFT_BYTES];
	struct netvm_flow f;
	start_with(options, NULL);
	const struct crafted out = {.src = INSIDE, .dst = OUTSIDE, .src_port = 5000, .dst_port = 33434};
	struct netvm_packet p = craft_packet(sent, &out);
	assert_int_equal(run(&p), NETVM_ACTION_NEXT);
	const struct crafted error = {.protocol = NETVM_ICMP, .icmp_type = 11, .src = 0xc0000202, .dst = PUBLIC,
				      .payload = sent + 14, .payload_bytes = 28};
	p = craft_packet(frame, &error);
	assert_int_equal(run(&p), NETVM_ACTION_NEXT);
	assert_true(craft_sums_right(frame, p.length));
	assert_true(netvm_flow_read(frame, p.length, &f) == 4 && f.dst.low == INSIDE);
	const uint8_t *inner = frame + 14 + 28;
	assert_int_equal(netvm_be32(inner + 12), INSIDE);
	assert_int_equal(netvm_be16(inner + 20), 5000);
	assert_int_equal(netvm_fold(netvm_sum(0, inner, 20)), 0xffff);
	sent[14 + 20] ^= 1; /* about a port that nobody has */
	p = craft_packet(frame, &error);
	assert_int_equal(run(&p), NETVM_ACTION_DROP);
}

static void others_pass_and_strangers_do_not_come_in(void **state)
{
	(void)state;
	struct netvm_flow f;
	start_with(options, NULL);
	const struct crafted other = {.src = 0xc0a80001, .dst = OUTSIDE, .src_port = 1, .dst_port = 2};
	assert_true(through(&other, &f, NULL));
	assert_true(f.src.low == 0xc0a80001 && f.src_port == 1);
	const struct crafted refused[] = {
		{.src = OUTSIDE, .dst = PUBLIC, .src_port = 80, .dst_port = 4000},
		{.src = INSIDE, .dst = PUBLIC, .src_port = 1, .dst_port = 4000},
		{.src = INSIDE, .dst = OUTSIDE, .fragment = 0x2000},
		{.src = INSIDE, .dst = OUTSIDE, .fragment = 1},
		{.src = INSIDE, .dst = OUTSIDE, .protocol = 47},
		{.src = INSIDE, .dst = OUTSIDE, .protocol = NETVM_ICMP, .icmp_type = 3},
	};
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
		assert_false(through(&refused[i], &f, NULL));
}

static void mappings_end_and_their_ports_come_back(void **state)
{
	(void)state;
	struct nat_table *t = calloc(1, sizeof *t);
	const struct nat_timeouts timeouts = {.tcp_open_s = 100, .tcp_opening_s = 10, .udp_s = 20, .icmp_s = 5};
	assert_non_null(t);
	nat_open(t, 2000, 2009, &timeouts, 1);
	uint8_t seen[10] = {0};
	for (uint16_t i = 0; i < 10; i++) {
		int port = nat_port_of(t, NAT_UDP, INSIDE, i, 1);
		assert_in_range(port, 2000, 2009);
		assert_false(seen[port - 2000]++);
	}
	assert_int_equal(nat_port_of(t, NAT_UDP, INSIDE, 10, 1), -1); /* none left */
	assert_true(nat_port_of(t, NAT_TCP, INSIDE, 10, 1) >= 2000);  /* but TCP has its own */
	int kept = nat_port_of(t, NAT_UDP, INSIDE, 3, 15);
	nat_refresh(t, NAT_UDP, &t->mappings[NAT_UDP][kept], 15);
	assert_null(nat_at(t, NAT_UDP, (uint16_t)nat_port_of(t, NAT_UDP, INSIDE, 4, 20), 21));
	nat_sweep(t, 21);
	assert_int_equal(t->used, 1);
	assert_int_equal(nat_port_of(t, NAT_UDP, INSIDE, 3, 21), kept);
	for (uint16_t i = 0; i < 9; i++)
		assert_true(nat_port_of(t, NAT_UDP, INSIDE + 1, i, 21) >= 2000);
	assert_int_equal(nat_port_of(t, NAT_UDP, INSIDE + 1, 9, 21), -1);
	free(t);
}

static void all_ports_are_used_and_none_twice(void **state)
{
	(void)state;
	static uint8_t seen[65536];
	uint32_t given = 0;
	struct netvm_flow f;
	memset(seen, 0, sizeof seen);
	start_with(options, NULL);
	for (uint32_t i = 0; i < 64512; i++) {
		const struct crafted c = {.src = INSIDE + i / 50000, .src_port = (uint16_t)(i % 50000), .no_udp_checksum = 1};
		if (!through(&c, &f, NULL))
			continue; /* its set is full */
		assert_false(seen[f.src_port]++);
		given++;
	}
	assert_true(given > 64000);
}

static void bad_options_are_refused(void **state)
{
	(void)state;
	refused_with("--inside 10.0.0.0/8", NULL, "--public: expected an IPv4 address such as 192.0.2.1, got nothing");
	refused_with("--inside 10.0.0.0/8 --public 10.1.1.1", NULL, "--public: expected an address outside --inside");
	refused_with("--inside 2001:db8::/32 --public 10.1.1.1", NULL, "--inside: expected an IPv4 prefix");
	refused_with("--inside 10.0.0.0/8 --public 203.0.113.1 --port-low 9 --port-high 8", NULL, "--port-low: expected at most");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_back_what_it_took),
		cmocka_unit_test(tcp_and_udp_go_out_and_come_back),
		cmocka_unit_test(echoes_too),
		cmocka_unit_test(udp_checksums_of_zero),
		cmocka_unit_test(an_error_about_a_packet_goes_to_its_sender),
		cmocka_unit_test(others_pass_and_strangers_do_not_come_in),
		cmocka_unit_test(mappings_end_and_their_ports_come_back),
		cmocka_unit_test(all_ports_are_used_and_none_twice),
		cmocka_unit_test(bad_options_are_refused),
		cmocka_unit_test(passes_ordinary_traffic),
		cmocka_unit_test(survives_malformed_packets),
	};
	return cmocka_run_group_tests_name("nat", tests, NULL, NULL);
}
