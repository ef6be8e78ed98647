#include "nf_check.h"

#include "../nfs/firewall/connections.h"
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

static int read_rules(const char *text, struct match_rule *rules, char *error)
{
	write_rules(text);
	return firewall_read_rules(file, rules, 4, error, 256);
}

static void first_match_decides(void **state)
{
	(void)state;
	struct match_rule rules[4];
	char error[256];
	assert_int_equal(read_rules("# a comment\n\n"
				    "deny udp 10.1.0.0/16 any any 53\n"
				    "allow any 10.0.0.0/8 1000-2000 192.168.0.1 any # trailing\n",
				    rules, error),
			 2);
	struct classifier c = {0};
	assert_int_equal(classify_build(&c, rules, 2, error, sizeof error), 0);
	struct netvm_flow f = {.src.low = 0x0a010203, .dst.low = 0xc0a80001, .src_port = 1500, .dst_port = 53, .protocol = 17, .version = 4};
	assert_int_equal(classify_verdict(&c, &f), FIREWALL_DENY);
	f.dst_port = 54;
	assert_int_equal(classify_verdict(&c, &f), FIREWALL_ALLOW);
	f.src_port = 2001;
	assert_int_equal(classify_verdict(&c, &f), -1);
	f.src_port = 2000;
	f.dst.low++;
	assert_int_equal(classify_verdict(&c, &f), -1);
	assert_int_equal(classify_build(&c, rules, 0, error, sizeof error), 0);
	assert_int_equal(classify_find(&c, &f), -1);
	classify_give_back(&c);
}

static void bad_rules_are_refused_with_file_and_line(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"permit any any any any any", "allow sctp any any any any", "allow any 10.0.0.0/33 any any any",
		"allow any 10.0.0 any any any", "allow any any 5-4 any any", "allow any any 70000 any any",
		"allow any any any any", "allow any any any any any any", "allow any any any any 1-", "allow any 1.2.3.4/ any any any",
		"allow any 10.0.0.0/8 any 2001:db8::/32 any", "allow any 2001:db8::/129 any any any", "allow any any any-5 any any",
	};
	struct match_rule rules[4];
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

static const char stateful[] = "--rules @ --stateful";
static const char stateful_rules[] = "allow tcp 10.0.0.0/8 any any 80\n"
				     "allow udp 2001:db8::/32 1000 any any\n"
				     "allow udp 10.0.0.0/8 any any any\n";

static uint8_t tcp(int answer, uint8_t flags, uint16_t port)
{
	uint8_t frame[CRAFT_BYTES];
	const struct crafted there = {.protocol = NETVM_TCP, .src = 0x0a000001, .src_port = port, .dst_port = 80, .tcp_flags = flags};
	const struct crafted back = {.protocol = NETVM_TCP, .src = 0xc6130001, .dst = 0x0a000001, .src_port = 80, .dst_port = port,
				     .tcp_flags = flags};
	struct netvm_packet p = craft_packet(frame, answer ? &back : &there);
	return run(&p);
}

static void answers_pass_where_a_connection_is_known(void **state)
{
	(void)state;
	start_with(stateful, stateful_rules);
	assert_int_equal(tcp(1, TCP_SYN, 5), NETVM_ACTION_DROP);	   /* no rule lets it in */
	assert_int_equal(tcp(0, TCP_ACK, 5), NETVM_ACTION_DROP);	   /* opens nothing */
	assert_int_equal(tcp(1, TCP_SYN | TCP_ACK, 5), NETVM_ACTION_DROP); /* answers nothing */
	assert_int_equal(tcp(0, TCP_SYN, 5), NETVM_ACTION_NEXT);
	assert_int_equal(tcp(1, TCP_SYN | TCP_ACK, 5), NETVM_ACTION_NEXT);
	assert_int_equal(tcp(0, TCP_ACK, 5), NETVM_ACTION_NEXT);
	assert_int_equal(tcp(1, TCP_ACK, 6), NETVM_ACTION_DROP);
	assert_int_equal(tcp(1, TCP_RST, 5), NETVM_ACTION_NEXT);
	assert_int_equal(tcp(1, TCP_SYN, 5), NETVM_ACTION_DROP); /* it is over: the rules again */
	assert_int_equal(tcp(0, TCP_SYN, 5), NETVM_ACTION_NEXT);
}

static void so_do_those_of_ipv6(void **state)
{
	(void)state;
	uint8_t frame[CRAFT_BYTES];
	start_with(stateful, stateful_rules);
	const struct crafted there = {.version = 6, .src = 9, .dst = 3, .src_port = 1000, .dst_port = 53};
	const struct crafted back = {.version = 6, .src = 3, .dst = 9, .src_port = 53, .dst_port = 1000};
	struct netvm_packet p = craft_packet(frame, &back);
	assert_int_equal(run(&p), NETVM_ACTION_DROP);
	p = craft_packet(frame, &there);
	assert_int_equal(run(&p), NETVM_ACTION_NEXT);
	p = craft_packet(frame, &back);
	assert_int_equal(run(&p), NETVM_ACTION_NEXT);
}

static void connections_end_and_open_ones_keep_their_places(void **state)
{
	(void)state;
	struct connections c = {.flows = {calloc(4, sizeof(struct nf_flow_entry)), 4}, .timeout = {{10, 100}, {10, 100, 10}}};
	assert_non_null(c.flows.entries);
	struct netvm_flow f[6];
	for (uint32_t i = 0; i < 6; i++) {
		f[i] = (struct netvm_flow){.src.low = i + 1, .dst.low = 100, .src_port = 1, .dst_port = 2, .protocol = 17, .version = 4};
		if (i < 4)
			assert_int_equal(connection_add(&c, &f[i], 50), 1);
	}
	for (uint32_t i = 0; i < 4; i++) { /* all four are answered */
		struct netvm_flow back = {.src = f[i].dst, .dst = f[i].src, .src_port = 2, .dst_port = 1, .protocol = 17, .version = 4};
		assert_int_equal(connection_look(&c, &back, 0, 55), CONNECTION_KNOWN);
	}
	assert_int_equal(connection_add(&c, &f[4], 60), 0);
	assert_int_equal(connection_look(&c, &f[0], 0, 154), CONNECTION_KNOWN);
	assert_int_equal(connection_look(&c, &f[1], 0, 155), CONNECTION_NEW); /* its time is over */
	assert_int_equal(connection_add(&c, &f[4], 155), 1);
	assert_int_equal(connection_look(&c, &f[4], 0, 156), CONNECTION_KNOWN);
	free(c.flows.entries);
}

int main(void)
{
	int fd = mkstemp(file);
	if (fd < 0)
		return 1;
	close(fd);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_back_what_it_took),
		cmocka_unit_test(first_match_decides),
		cmocka_unit_test(bad_rules_are_refused_with_file_and_line),
		cmocka_unit_test(the_nf_drops_what_the_rules_deny),
		cmocka_unit_test(answers_pass_where_a_connection_is_known),
		cmocka_unit_test(so_do_those_of_ipv6),
		cmocka_unit_test(connections_end_and_open_ones_keep_their_places),
		cmocka_unit_test(passes_ordinary_traffic),
		cmocka_unit_test(survives_malformed_packets),
	};
	int failed = cmocka_run_group_tests_name("firewall", tests, NULL, NULL);
	unlink(file);
	return failed;
}
