#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../abi/region.h"
#include "../nfs/firewall/rules.h"
#include "packet.h"

static char file[] = "rules-XXXXXX";

static int write_rules(const char *text)
{
	FILE *out = fopen(file, "w");
	assert_non_null(out);
	fputs(text, out);
	return fclose(out);
}

static int read_rules(const char *text, struct firewall_rule *rules, char *error)
{
	write_rules(text);
	return firewall_read_rules(file, rules, 4, error, 256);
}

static void first_match_decides(void **state)
{
	(void)state;
	struct firewall_rule rules[4];
	char error[256];
	assert_int_equal(read_rules("# a comment\n\n"
				    "deny udp 10.1.0.0/16 any any 53\n"
				    "allow any 10.0.0.0/8 1000-2000 192.168.0.1 any # trailing\n",
				    rules, error),
			 2);
	struct netvm_flow f = {.src = 0x0a010203, .dst = 0xc0a80001, .src_port = 1500, .dst_port = 53, .protocol = 17};
	assert_false(firewall_allows(rules, 2, &f));
	f.dst_port = 54;
	assert_true(firewall_allows(rules, 2, &f));
	f.src_port = 2001;
	assert_false(firewall_allows(rules, 2, &f)); /* no match: deny */
	f.src_port = 2000;
	f.dst++;
	assert_false(firewall_allows(rules, 2, &f));
}

static void bad_rules_are_refused_with_file_and_line(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"permit any any any any any", "allow sctp any any any any", "allow any 10.0.0.0/33 any any any",
		"allow any 10.0.0 any any any", "allow any any 5-4 any any", "allow any any 70000 any any",
		"allow any any any any", "allow any any any any any any", "allow any any any any 1-", "allow any 1.2.3.4/ any any any",
	};
	struct firewall_rule rules[4];
	char error[256], text[256];
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		snprintf(text, sizeof text, "allow any any any any any\n%s\n", bad[i]);
		assert_int_equal(read_rules(text, rules, error), -1);
		assert_non_null(strstr(error, ":2: expected"));
	}
	assert_int_equal(read_rules("deny any any any any any\ndeny any any any any any\ndeny any any any any any\n"
				    "deny any any any any any\ndeny any any any any any\n",
				    rules, error),
			 -1);
	assert_int_equal(firewall_read_rules("no/such/file", rules, 4, error, sizeof error), -1);
}

static void the_nf_drops_what_the_rules_deny(void **state)
{
	(void)state;
	char error[256], *argv[] = {"--rules", file};
	write_rules("deny udp any 1024 any any\nallow udp any any any any\n");
	assert_int_equal(netvm_nf.start(2, argv, error, sizeof error), 0);
	for (int round = 0; round < 2; round++) { /* by the rules, then by the cache */
		for (uint32_t flow = 0; flow < 1024; flow++) {
			uint8_t frame[60];
			struct netvm_packet p = udp_packet(frame, flow);
			netvm_nf.process(&p, 1);
			assert_int_equal(p.action, flow == 0 ? NETVM_ACTION_DROP : NETVM_ACTION_NEXT);
		}
	}
	uint8_t frame[60];
	struct netvm_packet arp = udp_packet(frame, 1);
	frame[13] = 0x06;
	netvm_nf.process(&arp, 1);
	assert_int_equal(arp.action, NETVM_ACTION_DROP);
	for (uint16_t length = 0; length < 60; length++) {
		struct netvm_packet cut = udp_packet(frame, 1);
		cut.length = length;
		netvm_nf.process(&cut, 1);
	}
	assert_int_equal(netvm_nf.start(0, argv, error, sizeof error), -1);
}

int main(void)
{
	int fd = mkstemp(file);
	if (fd < 0)
		return 1;
	close(fd);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_match_decides),
		cmocka_unit_test(bad_rules_are_refused_with_file_and_line),
		cmocka_unit_test(the_nf_drops_what_the_rules_deny),
	};
	int failed = cmocka_run_group_tests_name("firewall", tests, NULL, NULL);
	unlink(file);
	return failed;
}
