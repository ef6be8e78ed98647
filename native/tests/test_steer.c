#include "nf_check.h"

static const char rules[] = "udp 198.18.0.0/16 any 198.19.0.1 53 # dns\ntcp any any 2001:db8::/32 443\n";

static int number_of_web = 7;

static int number(const char *name)
{
	return strcmp(name, "web") == 0 ? number_of_web : -1;
}

/* Starts it, and tells it of services as netvmd does. */
static void start_on_netvm(const char *options)
{
	start_with(options, rules);
	netvm_nf.services(number);
}

static struct netvm_packet sent(struct crafted c)
{
	static uint8_t frame[CRAFT_BYTES];
	uint8_t before[CRAFT_BYTES];
	struct netvm_packet p = craft_packet(frame, &c);
	p.target = 99; /* the port that it came in on */
	memcpy(before, frame, sizeof before);
	run(&p);
	assert_memory_equal(frame, before, sizeof before);
	return p;
}

static const struct crafted dns = {.dst_port = 53, .src_port = 1024};

static void what_matches_goes_to_the_service(void **state)
{
	(void)state;
	start_on_netvm("--rules @ --to web");
	struct netvm_packet p = sent(dns);
	assert_true(p.action == NETVM_ACTION_SERVICE && p.target == 7);
	p = sent((struct crafted){.dst_port = 53, .vlans = 2});
	assert_true(p.action == NETVM_ACTION_SERVICE && p.target == 7);
	p = sent((struct crafted){.version = 6, .protocol = NETVM_TCP, .dst_port = 443});
	assert_true(p.action == NETVM_ACTION_SERVICE && p.target == 7);
}

static void what_does_not_goes_on(void **state)
{
	(void)state;
	start_on_netvm("--rules @ --to web");
	const struct crafted others[] = {
		{.dst_port = 54},
		{.dst_port = 53, .protocol = NETVM_TCP},
		{.dst_port = 53, .dst = 0xc6130002},
		{.dst_port = 53, .src = 0xc6130000},
		{.dst_port = 53, .version = 6},
		{.dst_port = 443, .protocol = NETVM_TCP},
		{.dst_port = 53, .fragment = 3},
	};
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
		struct netvm_packet p = sent(others[i]);
		assert_true(p.action == NETVM_ACTION_NEXT && p.target == 99);
	}
}

static void with_its_flow(void **state)
{
	(void)state;
	start_on_netvm("--rules @ --to web --flow");
	struct netvm_packet p = sent(dns);
	assert_true(p.action == (NETVM_ACTION_SERVICE | NETVM_ACTION_FLOW) && p.target == 7);
	start_on_netvm("--rules @ --to-port 3 --flow");
	p = sent(dns);
	assert_true(p.action == (NETVM_ACTION_PORT | NETVM_ACTION_FLOW) && p.target == 3);
}

static void to_a_port_whatever_services_there_are(void **state)
{
	(void)state;
	start_on_netvm("--rules @ --to-port 0");
	struct netvm_packet p = sent(dns);
	assert_true(p.action == NETVM_ACTION_PORT && p.target == 0);
	assert_int_equal(sent((struct crafted){.dst_port = 54}).action, NETVM_ACTION_NEXT);
}

/* All of IPv6 is nothing of IPv4. */
static void families_are_apart(void **state)
{
	(void)state;
	start_with("--rules @ --to-port 0", "any ::/0 any any any\n");
	assert_int_equal(sent(dns).action, NETVM_ACTION_NEXT);
	assert_int_equal(sent((struct crafted){.version = 6}).action, NETVM_ACTION_PORT);
}

/* Services come and go while it runs. */
static void a_service_that_nobody_knows(void **state)
{
	(void)state;
	start_with("--rules @ --to web", rules);
	assert_int_equal(sent(dns).action, NETVM_ACTION_NEXT); /* nobody has told it of services */
	netvm_nf.services(number);
	assert_int_equal(sent(dns).action, NETVM_ACTION_SERVICE);
	number_of_web = -1;
	netvm_nf.services(number);
	struct netvm_packet p = sent(dns);
	assert_true(p.action == NETVM_ACTION_NEXT && p.target == 99);
	number_of_web = 0;
	netvm_nf.services(number);
	p = sent(dns);
	assert_true(p.action == NETVM_ACTION_SERVICE && p.target == 0);
	number_of_web = 7;
}

static void bad_options_are_refused(void **state)
{
	(void)state;
	refused_with("--rules @", rules, "expected one of --to and --to-port, got none");
	refused_with("--rules @ --to web --to-port 1", rules, "expected one of --to and --to-port, got both");
	refused_with("--rules @ --to Web", rules, "--to: expected the name of a service");
	refused_with("--rules @ --to abcdefghijklmnopqrstuvwxyzabcdef", rules, "--to: expected the name of a service");
	refused_with("--rules @ --to-port 256", rules, "--to-port: expected a number from 0 to 255, got 256");
	refused_with("--rules @ --to web", "udp any any any\n", ":1: expected five words");
	refused_with("--rules @ --to web", "udp any any 10.0.0.0/8 53\nudp any 2-1 any any\n", ":2: expected source ports");
	char many[65 * 20 + 1] = "";
	for (int i = 0; i < 65; i++)
		strcat(many, "udp any any any 5\n");
	refused_with("--rules @ --to web", many, ":65: expected at most 64 rules");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_back_what_it_took),
		cmocka_unit_test(what_matches_goes_to_the_service),
		cmocka_unit_test(what_does_not_goes_on),
		cmocka_unit_test(with_its_flow),
		cmocka_unit_test(to_a_port_whatever_services_there_are),
		cmocka_unit_test(families_are_apart),
		cmocka_unit_test(a_service_that_nobody_knows),
		cmocka_unit_test(bad_options_are_refused),
		cmocka_unit_test(passes_ordinary_traffic),
		cmocka_unit_test(survives_malformed_packets),
	};
	return cmocka_run_group_tests_name("steer", tests, NULL, NULL);
}
