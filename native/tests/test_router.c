#include "nf_check.h"

#include "../nfs/router/lpm.h"

static const char options[] = "--routes @ --mac 02:00:00:00:00:aa --address 192.0.2.1 --address6 2001:db8::fe --icmp-pps 1000000";
static const char routes[] = "# longest first or last: no matter\n"
			     "198.19.0.0/28 via 02:00:00:00:00:28\n"
			     "198.19.0.0/16 via 02:00:00:00:00:16\n"
			     "198.19.0.1/32 via 02:00:00:00:00:32\n"
			     "198.19.9.0/24 drop\n"
			     "2001:db8::/96 via 02:00:00:00:00:96\n"
			     "2001:db8::7/128 via 02:00:00:00:01:28\n";

/* The next hop's last byte for a destination; -1 where the packet is dropped. */
static int hop_of(uint8_t version, uint32_t dst)
{
	uint8_t frame[CRAFT_BYTES];
	const struct crafted c = {.version = version, .dst = dst, .src_port = 1, .dst_port = 2};
	struct netvm_packet p = craft_packet(frame, &c);
	if (run(&p) == NETVM_ACTION_DROP)
		return -1;
	assert_true(craft_sums_right(frame, p.length));
	assert_int_equal(frame[version == 4 ? 22 : 21], 63);
	assert_int_equal(frame[11], 0xaa);
	return frame[5];
}

static void the_longest_prefix_decides(void **state)
{
	(void)state;
	start_with(options, routes);
	assert_int_equal(hop_of(4, 0xc6130001), 0x32);
	assert_int_equal(hop_of(4, 0xc6130002), 0x28);
	assert_int_equal(hop_of(4, 0xc6130010), 0x16);
	assert_int_equal(hop_of(4, 0xc61300ff), 0x16);
	assert_int_equal(hop_of(4, 0xc6130901), -1);
	assert_int_equal(hop_of(6, 7), 0x28);
	assert_int_equal(hop_of(6, 8), 0x96);
}

/* Against a list that is walked: random routes, random addresses near them. */
static void finds_what_a_list_finds(void **state)
{
	(void)state;
	enum { ROUTES = 500 };
	struct lpm t = {0};
	char error[256];
	uint32_t address[ROUTES], x = 1;
	assert_int_equal(lpm_open(&t, 3, error, sizeof error), 0);
	for (uint32_t i = 0; i < ROUTES; i++) {
		uint8_t bytes[4], length = (uint8_t)(i * 33 / ROUTES);
		x = x * 1664525u + 1013904223u;
		address[i] = (x & 0x0f0fff3f) & (length ? ~0u << (32 - length) : 0);
		netvm_put32(bytes, address[i]);
		assert_int_equal(lpm_add(&t, bytes, length, (uint16_t)(i + 1)), 0);
	}
	for (uint32_t i = 0; i < 20000; i++) {
		uint8_t bytes[4];
		x = x * 1664525u + 1013904223u;
		uint32_t a = i % 2 ? address[x % ROUTES] ^ (x >> 27) : x & 0x0f0fff3f;
		uint16_t expected = 0;
		for (uint32_t r = 0; r < ROUTES; r++) {
			uint8_t length = (uint8_t)(r * 33 / ROUTES);
			if ((a & (length ? ~0u << (32 - length) : 0)) == address[r])
				expected = (uint16_t)(r + 1);
		}
		netvm_put32(bytes, a);
		assert_int_equal(lpm_find(&t, bytes), expected);
	}
	free(t.first);
	free(t.nodes);
}

static void an_expired_packet_comes_back_as_an_error(void **state)
{
	(void)state;
	start_with(options, routes);
	for (uint8_t version = 4; version <= 6; version += 2) {
		for (uint8_t vlans = 0; vlans <= 2; vlans++) {
			uint8_t frame[CRAFT_BYTES];
			const struct crafted c = {.version = version, .ttl = 1, .vlans = vlans, .src = 0x0a000001, .src_port = 77,
						  .payload = "sixty-four bytes of what the sender wanted to say, and no more..", .payload_bytes = 64};
			struct netvm_packet p = craft_packet(frame, &c);
			struct netvm_headers h;
			for (int tries = 0; run(&p) == NETVM_ACTION_DROP && tries < 1000000; tries++)
				; /* until the rate allows one again */
			assert_int_equal(p.action, NETVM_ACTION_NEXT);
			assert_int_equal(frame[5], 1); /* back to the sender's MAC */
			assert_int_equal(netvm_headers_read(frame, p.length, &h), version);
			assert_true(craft_sums_right(frame, p.length));
			assert_int_equal(frame[h.l4], version == 4 ? 11 : 3);
			struct netvm_flow f;
			netvm_flow_of(frame, &h, &f);
			assert_true((uint32_t)f.dst.low == 0x0a000001);
			assert_true((uint32_t)f.src.low == (version == 4 ? 0xc0000201 : 0xfe));
			uint32_t quoted_port = h.l4 + 8u + (version == 4 ? 20u : 40u);
			assert_int_equal(netvm_be16(frame + quoted_port), 77);
		}
	}
}

static void no_error_about(struct crafted c, uint32_t at, uint8_t value)
{
	uint8_t frame[CRAFT_BYTES];
	static const char payload[64];
	start_with(options, routes);
	c.ttl = 1;
	c.payload = payload;
	c.payload_bytes = c.payload_bytes ? 1 : 64;
	struct netvm_packet p = craft_packet(frame, &c);
	if (at)
		frame[at] = value;
	assert_int_equal(run(&p), NETVM_ACTION_DROP);
}

static void errors_that_may_not_be_sent_are_not(void **state)
{
	(void)state;
	no_error_about((struct crafted){.protocol = NETVM_ICMP, .icmp_type = 3}, 0, 0);
	no_error_about((struct crafted){.protocol = NETVM_ICMP, .icmp_type = 11}, 0, 0);
	no_error_about((struct crafted){.version = 6, .protocol = NETVM_ICMPV6, .icmp_type = 1}, 0, 0);
	no_error_about((struct crafted){.fragment = 1}, 0, 0);
	no_error_about((struct crafted){.dst = 0xe0000001}, 0, 0);
	no_error_about((struct crafted){0}, 25, 0xee); /* a wrong header checksum */
	no_error_about((struct crafted){.payload_bytes = 1}, 0, 0); /* no room */
}

static void bad_routes_and_options_are_refused(void **state)
{
	(void)state;
	refused_with("", NULL, "--routes: expected a word");
	refused_with("--routes /no/such", NULL, "/no/such: No such file");
	refused_with("--routes @", "10.0.0.0/8 drop\n10.0.0.0/33 drop\n", ":2: expected a prefix");
	refused_with("--routes @", "10.0.0.0/8 via\n", ":1: expected PREFIX via MAC");
	refused_with("--routes @", "10.0.0.0/8 via 02:00:00:00:00\n", ":1: expected a MAC");
	refused_with("--routes @ --icmp-pps -1", "", "--icmp-pps: expected a number from 0 to 1000000, got -1");
	refused_with("--routes @ --address6 10.0.0.1", "", "--address6: expected an IPv6");
	refused_with("--route @", "", "--route: expected one of --routes --mac");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_back_what_it_took),
		cmocka_unit_test(the_longest_prefix_decides),
		cmocka_unit_test(finds_what_a_list_finds),
		cmocka_unit_test(an_expired_packet_comes_back_as_an_error),
		cmocka_unit_test(errors_that_may_not_be_sent_are_not),
		cmocka_unit_test(bad_routes_and_options_are_refused),
		cmocka_unit_test(passes_ordinary_traffic),
		cmocka_unit_test(survives_malformed_packets),
	};
	return cmocka_run_group_tests_name("router", tests, NULL, NULL);
}
