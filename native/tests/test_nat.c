#include "nf_check.h"

#include "../nfs/nat/translate.h"

#define INSIDE 0x0a000005u
#define PUBLIC 0xcb007101u
#define OUTSIDE 0xc6130001u

static const char options[] = "--inside 10.0.0.0/8 --public 203.0.113.1 --inside6 2001:db8::a00:0/104 --public6 2001:db8::cb00:7101";

/* Crafted for IPv4, it is made one of the family. */
static struct crafted of_family(struct crafted c, uint8_t version)
{
	if (version == 6 && c.protocol == NETVM_ICMP) {
		c.protocol = NETVM_ICMPV6;
		c.icmp_type = c.icmp_type == 8 ? 128 : c.icmp_type == 0 ? 129 : 3;
	}
	c.version = version;
	c.ttl = 63;
	return c;
}

/* A packet of one family, as crafted, sent through; `frame` is what came out of it. 0 where it was dropped. */
static int send(struct crafted c, uint8_t version, uint8_t *frame, struct netvm_headers *h)
{
	c = of_family(c, version);
	struct netvm_packet p = craft_packet(frame, &c);
	if (run(&p) == NETVM_ACTION_DROP)
		return 0;
	assert_true(craft_sums_right(frame, p.length));
	assert_int_equal(netvm_headers_read(frame, p.length, h), version);
	assert_int_equal(frame[h->l3 + (version == 4 ? 8 : 7)], 63); /* no router */
	return 1;
}

/* Sends a packet through and reads what came out; 0 where it was dropped. */
static int through(const struct crafted *c, uint8_t version, struct netvm_flow *out, uint16_t *identifier)
{
	uint8_t frame[CRAFT_BYTES];
	struct netvm_headers h;
	if (!send(*c, version, frame, &h))
		return 0;
	netvm_flow_of(frame, &h, out);
	assert_true(out->src.high == (version == 6 ? 0x20010db800000000ull : 0) && out->dst.high == out->src.high);
	if (identifier)
		*identifier = netvm_be16(frame + h.l4 + 4);
	return 1;
}

static void answers_find_their_way_back(uint8_t version, uint8_t protocol, uint8_t vlans, uint8_t extensions)
{
	struct netvm_flow f;
	const struct crafted out = {.protocol = protocol, .vlans = vlans, .extensions = extensions, .src = INSIDE, .dst = OUTSIDE, .src_port = 5000,
				    .dst_port = 80, .tcp_flags = 2, .payload = "odd", .payload_bytes = 3};
	assert_true(through(&out, version, &f, NULL));
	assert_true(f.src.low == PUBLIC && f.dst.low == OUTSIDE && f.dst_port == 80 && f.src_port >= 1024);
	uint16_t port = f.src_port;
	assert_true(through(&out, version, &f, NULL));
	assert_int_equal(f.src_port, port);
	const struct crafted in = {.protocol = protocol, .vlans = vlans, .extensions = extensions, .src = OUTSIDE, .dst = PUBLIC, .src_port = 80,
				   .dst_port = port, .tcp_flags = 0x12, .payload = "answer", .payload_bytes = 6};
	assert_true(through(&in, version, &f, NULL));
	assert_true(f.src.low == OUTSIDE && f.dst.low == INSIDE && f.dst_port == 5000 && f.src_port == 80);
}

static void tcp_and_udp_go_out_and_come_back(void **state)
{
	(void)state;
	for (uint8_t version = 4; version <= 6; version += 2) {
		start_with(options, NULL);
		answers_find_their_way_back(version, NETVM_UDP, 0, 0);
		answers_find_their_way_back(version, NETVM_TCP, 0, 0);
		answers_find_their_way_back(version, NETVM_TCP, 2, version == 6 ? 3 : 0);
	}
}

static void echoes_too(void **state)
{
	(void)state;
	struct netvm_flow f;
	uint16_t identifier;
	start_with(options, NULL);
	for (uint8_t version = 4; version <= 6; version += 2) {
		const struct crafted ask = {.protocol = NETVM_ICMP, .icmp_type = 8, .src = INSIDE, .dst = OUTSIDE, .src_port = 42};
		assert_true(through(&ask, version, &f, &identifier));
		assert_true(f.src.low == PUBLIC);
		const struct crafted answer = {.protocol = NETVM_ICMP, .src = OUTSIDE, .dst = PUBLIC, .src_port = identifier};
		assert_true(through(&answer, version, &f, &identifier));
		assert_true(f.dst.low == INSIDE && identifier == 42);
	}
}

/* One address's ports of one family are not the other's: the same inside port of each, and answers to the right one. */
static void families_do_not_meet(void **state)
{
	(void)state;
	struct netvm_flow f;
	start_with("--inside 10.0.0.0/8 --public 203.0.113.1 --inside6 2001:db8::a00:0/104 --public6 2001:db8::cb00:7101 --port-low 9 --port-high 9", NULL);
	for (uint8_t version = 4; version <= 6; version += 2) {
		const struct crafted out = {.src = INSIDE + version, .dst = OUTSIDE, .src_port = 1, .dst_port = 2};
		assert_true(through(&out, version, &f, NULL));
		assert_int_equal(f.src_port, 9);
		const struct crafted second = {.src = INSIDE, .dst = OUTSIDE, .src_port = 2, .dst_port = 2};
		assert_false(through(&second, version, &f, NULL));
	}
	for (uint8_t version = 4; version <= 6; version += 2) {
		const struct crafted in = {.src = OUTSIDE, .dst = PUBLIC, .src_port = 2, .dst_port = 9};
		assert_true(through(&in, version, &f, NULL));
		assert_int_equal(f.dst.low, INSIDE + version);
	}
}

/* UDP's checksum of 0 says that there is none: it stays, and no other may become it. */
static void udp_checksums_of_zero(void **state)
{
	(void)state;
	start_with(options, NULL);
	uint8_t frame[CRAFT_BYTES];
	for (uint32_t i = 0; i < 2 * 65536; i++) {
		uint8_t payload[2] = {(uint8_t)(i >> 8), (uint8_t)i}, version = i < 65536 ? 4 : 6;
		const struct crafted c = {.version = version, .src = INSIDE, .src_port = 9, .payload = payload, .payload_bytes = 2,
					  .no_udp_checksum = (i & 0xffff) == 7};
		struct netvm_packet p = craft_packet(frame, &c);
		uint8_t *sum = frame + (version == 4 ? 40 : 60);
		if (!c.no_udp_checksum && netvm_be16(sum) == 0)
			netvm_put16(sum, 0xffff);
		assert_int_equal(run(&p), NETVM_ACTION_NEXT);
		assert_int_equal(netvm_be16(sum) == 0, c.no_udp_checksum);
		assert_true(c.no_udp_checksum || craft_sums_right(frame, p.length));
	}
}

/* What an error quotes is, for its receiver, what it sent: byte for byte, as much as there is of it. */
static void an_error_about_a_packet_goes_to_its_sender(uint8_t version, const struct crafted *out, uint32_t quoted_bytes)
{
	uint8_t sent[CRAFT_BYTES], on_the_way[CRAFT_BYTES], frame[CRAFT_BYTES];
	struct netvm_headers h, inner;
	struct netvm_flow f;
	const struct crafted as_sent = of_family(*out, version);
	uint32_t length = craft(sent, &as_sent);
	assert_true(send(*out, version, on_the_way, &inner));
	uint32_t bytes = quoted_bytes ? quoted_bytes : length - inner.l3;
	struct crafted error = {.protocol = NETVM_ICMP, .icmp_type = 11, .src = 0xc0000202, .dst = PUBLIC, .payload = on_the_way + inner.l3,
				.payload_bytes = bytes};
	assert_true(send(error, version, frame, &h));
	netvm_flow_of(frame, &h, &f);
	assert_int_equal(f.dst.low, INSIDE);
	assert_memory_equal(frame + h.l4 + 8, sent + inner.l3, bytes);
	on_the_way[inner.l4 + (out->protocol == NETVM_ICMP ? 5 : 1)] ^= 1; /* about a port that nobody has */
	assert_false(send(error, version, frame, &h));
	on_the_way[inner.l4 + (out->protocol == NETVM_ICMP ? 5 : 1)] ^= 1;
	on_the_way[inner.l3 + (version == 4 ? 15 : 23)] ^= 1; /* of an address that is not ours */
	assert_false(send(error, version, frame, &h));
	on_the_way[inner.l3 + (version == 4 ? 15 : 23)] ^= 1;
	error.payload_bytes = (uint32_t)(inner.l4 - inner.l3) + 7; /* too little to know whose */
	assert_false(send(error, version, frame, &h));
}

static void errors_go_to_who_sent_the_packet(void **state)
{
	(void)state;
	static const uint8_t protocols[] = {NETVM_UDP, NETVM_TCP, NETVM_ICMP};
	start_with(options, NULL);
	for (uint8_t version = 4; version <= 6; version += 2) {
		for (size_t i = 0; i < 3; i++) {
			struct crafted out = {.protocol = protocols[i], .icmp_type = 8, .src = INSIDE, .dst = OUTSIDE, .src_port = 5000, .dst_port = 33434,
					      .tcp_flags = 2, .payload = "twenty bytes of data", .payload_bytes = 20};
			an_error_about_a_packet_goes_to_its_sender(version, &out, 0);
			an_error_about_a_packet_goes_to_its_sender(version, &out, version == 4 ? 28 : 48);
			out.extensions = version == 6 ? 2 : 0;
			an_error_about_a_packet_goes_to_its_sender(version, &out, 0);
			out.vlans = 1;
			an_error_about_a_packet_goes_to_its_sender(version, &out, 0);
		}
	}
}

static void run_ipv6(const struct crafted *c, const uint8_t dst[16], int next_header, uint8_t expected)
{
	uint8_t frame[CRAFT_BYTES], before[CRAFT_BYTES];
	struct netvm_packet p = craft_packet(frame, c);
	if (dst)
		memcpy(frame + 14 + 24, dst, 16);
	if (next_header >= 0)
		frame[14 + 6] = (uint8_t)next_header;
	memcpy(before, frame, sizeof before);
	assert_int_equal(run(&p), expected);
	if (expected == NETVM_ACTION_NEXT)
		assert_memory_equal(frame, before, p.length);
}

/* As ARP does: neighbours must find each other through it. */
static void what_is_of_a_link_stays_untouched(void **state)
{
	(void)state;
	static const uint8_t router[16] = {0xfe, 0x80, [15] = 1}, all_nodes[16] = {0xff, 0x02, [15] = 1}, site[16] = {0xff, 0x05, [15] = 1};
	start_with(options, NULL);
	const struct crafted solicits = {.version = 6, .protocol = NETVM_ICMPV6, .icmp_type = 135, .ttl = 255, .src = OUTSIDE, .dst = PUBLIC};
	struct crafted c = solicits;
	run_ipv6(&c, NULL, -1, NETVM_ACTION_NEXT);
	c.ttl = 254;
	run_ipv6(&c, NULL, -1, NETVM_ACTION_DROP);
	c = (struct crafted){.version = 6, .src = INSIDE, .src_port = 5353, .dst_port = 5353};
	run_ipv6(&c, all_nodes, -1, NETVM_ACTION_NEXT);
	run_ipv6(&c, router, -1, NETVM_ACTION_NEXT);
	uint8_t frame[CRAFT_BYTES];
	struct netvm_packet p = craft_packet(frame, &c);
	memcpy(frame + 14 + 24, site, 16);
	assert_int_equal(run(&p), NETVM_ACTION_NEXT);
	assert_int_equal(netvm_be32(frame + 14 + 8 + 12), PUBLIC); /* goes on beyond the link */
}

/* A routing header hides which address is in the checksum; authentication and parts of datagrams cannot be changed. */
static void other_extension_headers_are_refused(void **state)
{
	(void)state;
	start_with(options, NULL);
	const struct crafted echo = {.version = 6, .protocol = NETVM_ICMPV6, .icmp_type = 128, .src = INSIDE, .dst = OUTSIDE};
	run_ipv6(&echo, NULL, NETVM_ICMP, NETVM_ACTION_DROP); /* the other family's */
	const struct crafted c = {.version = 6, .extensions = 1, .src = INSIDE, .dst = OUTSIDE, .src_port = 1, .dst_port = 2};
	run_ipv6(&c, NULL, 43, NETVM_ACTION_DROP);
	run_ipv6(&c, NULL, 44, NETVM_ACTION_DROP);
	run_ipv6(&c, NULL, 51, NETVM_ACTION_DROP);
	struct netvm_headers h;
	uint8_t frame[CRAFT_BYTES];
	assert_true(send(c, 6, frame, &h));
}

static void a_family_without_options_is_untouched(void **state)
{
	(void)state;
	struct netvm_flow f;
	for (uint8_t version = 4; version <= 6; version += 2) {
		start_with(version == 4 ? "--inside6 2001:db8::a00:0/104 --public6 2001:db8::cb00:7101" : "--inside 10.0.0.0/8 --public 203.0.113.1", NULL);
		const struct crafted out = {.src = INSIDE, .dst = OUTSIDE, .src_port = 1, .dst_port = 2}, in = {.src = OUTSIDE, .dst = PUBLIC};
		assert_true(through(&out, version, &f, NULL));
		assert_true(f.src.low == INSIDE && f.src_port == 1);
		assert_true(through(&in, version, &f, NULL));
		uint8_t frame[CRAFT_BYTES];
		const struct crafted nowhere = {.version = version};
		struct netvm_packet p = craft_packet(frame, &nowhere);
		memset(frame + 14 + (version == 4 ? 16 : 24), 0, version == 4 ? 4 : 16); /* what is not given is no address */
		assert_int_equal(run(&p), NETVM_ACTION_NEXT);
		assert_true(through(&out, 10 - version, &f, NULL));
		assert_int_equal(f.src.low, PUBLIC);
	}
}

static void others_pass_and_strangers_do_not_come_in(void **state)
{
	(void)state;
	struct netvm_flow f;
	start_with(options, NULL);
	for (uint8_t version = 4; version <= 6; version += 2) {
		const struct crafted other = {.src = 0xc0a80001, .dst = OUTSIDE, .src_port = 1, .dst_port = 2};
		assert_true(through(&other, version, &f, NULL));
		assert_true(f.src.low == 0xc0a80001 && f.src_port == 1);
		const struct crafted refused[] = {
			{.src = OUTSIDE, .dst = PUBLIC, .src_port = 80, .dst_port = 4000},
			{.src = INSIDE, .dst = PUBLIC, .src_port = 1, .dst_port = 4000},
			{.src = INSIDE, .dst = OUTSIDE, .fragment = version == 4 ? 0x2000 : 1},
			{.src = INSIDE, .dst = OUTSIDE, .fragment = version == 4 ? 1 : 8},
			{.src = INSIDE, .dst = OUTSIDE, .protocol = 47},
			{.src = INSIDE, .dst = OUTSIDE, .protocol = NETVM_ICMP, .icmp_type = 3},
			{.src = INSIDE, .dst = OUTSIDE, .protocol = NETVM_ICMP, .icmp_type = 0},
			{.src = OUTSIDE, .dst = PUBLIC, .protocol = NETVM_ICMP, .icmp_type = 8},
		};
		for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
			assert_false(through(&refused[i], version, &f, NULL));
	}
}

static const struct nat_timeouts timeouts = {.tcp_open_s = 100, .tcp_opening_s = 10, .udp_s = 20, .icmp_s = 5};

static void mappings_end_and_their_ports_come_back(void **state)
{
	(void)state;
	struct nat_table *t = calloc(1, sizeof *t);
	assert_non_null(t);
	const struct netvm_address inside = {0, INSIDE}, other = {0, INSIDE + 1};
	nat_open(t, 2000, 2009, &timeouts, 1);
	uint8_t seen[10] = {0};
	for (uint16_t i = 0; i < 10; i++) {
		int port = nat_port_of(t, NAT_UDP, inside, i, 1);
		assert_in_range(port, 2000, 2009);
		assert_false(seen[port - 2000]++);
	}
	assert_int_equal(nat_port_of(t, NAT_UDP, inside, 10, 1), -1); /* none left */
	assert_true(nat_port_of(t, NAT_TCP, inside, 10, 1) >= 2000);  /* but TCP has its own */
	int kept = nat_port_of(t, NAT_UDP, inside, 3, 15);
	nat_refresh(t, NAT_UDP, &t->mappings[NAT_UDP][kept], 15);
	assert_null(nat_at(t, NAT_UDP, (uint16_t)nat_port_of(t, NAT_UDP, inside, 4, 20), 21));
	nat_sweep(t, 21);
	assert_int_equal(t->used, 1);
	assert_int_equal(nat_port_of(t, NAT_UDP, inside, 3, 21), kept);
	for (uint16_t i = 0; i < 9; i++)
		assert_true(nat_port_of(t, NAT_UDP, other, i, 21) >= 2000);
	assert_int_equal(nat_port_of(t, NAT_UDP, other, 9, 21), -1);
	free(t);
}

/* Some thousand share few sets: what differs is any part of the address. */
static void each_address_has_a_port_of_its_own(void **state)
{
	(void)state;
	static uint8_t seen[65536];
	struct nat_table *t = calloc(1, sizeof *t);
	assert_non_null(t);
	nat_open(t, 1024, 65535, &timeouts, 1);
	for (uint64_t i = 0; i < 12000; i++) {
		const struct netvm_address a = {i % 3 == 0 ? i : 0, i % 3 == 1 ? i : i % 3 == 2 ? i << 40 : 0};
		int port = nat_port_of(t, NAT_TCP6, a, 7, 1);
		assert_true(port >= 1024 && !seen[port]++);
		assert_int_equal(nat_port_of(t, NAT_TCP6, a, 7, 1), port);
	}
	free(t);
}

static void all_ports_are_used_and_none_twice(void **state)
{
	(void)state;
	static uint8_t seen[65536];
	uint32_t given = 0;
	struct netvm_flow f;
	start_with(options, NULL);
	for (uint8_t version = 4; version <= 6; version += 2, given = 0) {
		memset(seen, 0, sizeof seen);
		for (uint32_t i = 0; i < 64512; i++) {
			const struct crafted c = {.src = INSIDE + i / 50000, .src_port = (uint16_t)(i % 50000)};
			if (!through(&c, version, &f, NULL))
				continue; /* its set is full */
			assert_false(seen[f.src_port]++);
			given++;
		}
		assert_true(given > 64000);
	}
}

static void bad_options_are_refused(void **state)
{
	(void)state;
	refused_with("--inside 10.0.0.0/8", NULL, "--public: expected an IPv4 address such as 192.0.2.1, got nothing");
	refused_with("--inside 10.0.0.0/8 --public 10.1.1.1", NULL, "--public: expected an address outside --inside");
	refused_with("--inside 2001:db8::/32 --public 10.1.1.1", NULL, "--inside: expected an IPv4 prefix such as 10.0.0.0/8, got one of the other family");
	refused_with("--inside6 fd00::/8", NULL, "--public6: expected an IPv6 address such as 2001:db8::1, got nothing");
	refused_with("--public6 2001:db8::1", NULL, "--inside6: expected an IPv6 prefix such as fd00::/8, got nothing");
	refused_with("--inside6 fd00::/8 --public6 10.1.1.1", NULL, "--public6: expected an IPv6 address such as 2001:db8::1, got one of the other family");
	refused_with("--inside6 fd00::/8 --public6 fd00::1", NULL, "--public6: expected an address outside --inside6");
	refused_with("--inside6 2001:db8::/96 --public6 2001:db8::1:0:1/128", NULL, "--public6: expected an address such as");
	refused_with("", NULL, "expected --inside with --public, or --inside6 with --public6, got none");
	refused_with("--inside 10.0.0.0/8 --public 203.0.113.1 --port-low 9 --port-high 8", NULL, "--port-low: expected at most");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_back_what_it_took),
		cmocka_unit_test(tcp_and_udp_go_out_and_come_back),
		cmocka_unit_test(echoes_too),
		cmocka_unit_test(udp_checksums_of_zero),
		cmocka_unit_test(families_do_not_meet),
		cmocka_unit_test(errors_go_to_who_sent_the_packet),
		cmocka_unit_test(what_is_of_a_link_stays_untouched),
		cmocka_unit_test(other_extension_headers_are_refused),
		cmocka_unit_test(a_family_without_options_is_untouched),
		cmocka_unit_test(others_pass_and_strangers_do_not_come_in),
		cmocka_unit_test(mappings_end_and_their_ports_come_back),
		cmocka_unit_test(each_address_has_a_port_of_its_own),
		cmocka_unit_test(all_ports_are_used_and_none_twice),
		cmocka_unit_test(bad_options_are_refused),
		cmocka_unit_test(passes_ordinary_traffic),
		cmocka_unit_test(survives_malformed_packets),
	};
	return cmocka_run_group_tests_name("nat", tests, NULL, NULL);
}
