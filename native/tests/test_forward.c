#include "nf_check.h"

#include "packet.h"

static void decrements_ttl_and_keeps_the_checksum_right(void **state)
{
	(void)state;
	uint8_t frame[60];
	for (uint32_t flow = 0; flow < 1024; flow++) {
		struct netvm_packet p = udp_packet(frame, flow);
		assert_int_equal(ip_sum(frame), 0xffff);
		for (int hop = 1; hop <= 32; hop++) {
			netvm_nf.process(&p, 1);
			assert_int_equal(frame[22], 64 - hop);
			assert_int_equal(ip_sum(frame), 0xffff);
			assert_int_equal(p.action, NETVM_ACTION_NEXT);
		}
	}
}

static void drops_what_expires(void **state)
{
	(void)state;
	uint8_t frame[60];
	for (uint8_t ttl = 0; ttl < 3; ttl++) {
		struct netvm_packet p = udp_packet(frame, 0);
		frame[22] = ttl;
		netvm_nf.process(&p, 1);
		assert_int_equal(p.action, ttl <= 1 ? NETVM_ACTION_DROP : NETVM_ACTION_NEXT);
	}
}

static void passes_what_is_not_ip_untouched(void **state)
{
	(void)state;
	uint8_t frame[60], before[60];
	static const struct {
		int at;
		uint8_t value;
	} spoilt[] = {{12, 0x86}, {14, 0x65}, {14, 0x44}, {14, 0x4f}};
	for (size_t i = 0; i < sizeof spoilt / sizeof spoilt[0]; i++) {
		struct netvm_packet p = udp_packet(frame, 0);
		frame[spoilt[i].at] = spoilt[i].value;
		if (spoilt[i].value == 0x4f)
			p.length = 60; /* IHL 15: 60 bytes of header do not fit behind Ethernet's 14 */
		memcpy(before, frame, sizeof frame);
		netvm_nf.process(&p, 1);
		assert_memory_equal(frame, before, sizeof frame);
		assert_int_equal(p.action, NETVM_ACTION_NEXT);
	}
}

/* Every length with exactly that much memory: the address sanitizer sees a read past the end. */
static void never_reads_past_the_end(void **state)
{
	(void)state;
	uint8_t frame[60];
	udp_packet(frame, 0);
	for (uint16_t length = 0; length <= 60; length++) {
		uint8_t *copy = test_malloc(length + 1u);
		memcpy(copy + 1, frame, length);
		struct netvm_packet p = {.data = copy + 1, .length = length};
		netvm_nf.process(&p, 1);
		test_free(copy);
	}
}

static void ipv6_and_tags_too(void **state)
{
	(void)state;
	for (uint8_t version = 4; version <= 6; version += 2) {
		for (uint8_t vlans = 0; vlans <= 2; vlans++) {
			uint8_t frame[CRAFT_BYTES];
			const struct crafted c = {.version = version, .vlans = vlans, .ttl = 2};
			struct netvm_packet p = craft_packet(frame, &c);
			uint32_t ttl_at = 14u + 4u * vlans + (version == 4 ? 8 : 7);
			assert_int_equal(run(&p), NETVM_ACTION_NEXT);
			assert_int_equal(frame[ttl_at], 1);
			assert_true(craft_sums_right(frame, p.length));
			assert_int_equal(run(&p), NETVM_ACTION_DROP);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_back_what_it_took),
		cmocka_unit_test(decrements_ttl_and_keeps_the_checksum_right),
		cmocka_unit_test(drops_what_expires),
		cmocka_unit_test(passes_what_is_not_ip_untouched),
		cmocka_unit_test(never_reads_past_the_end),
		cmocka_unit_test(ipv6_and_tags_too),
		cmocka_unit_test(survives_malformed_packets),
	};
	return cmocka_run_group_tests_name("forward", tests, NULL, NULL);
}
