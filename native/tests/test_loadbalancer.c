#include "nf_check.h"

#include "../nfs/loadbalancer/backends.h"

static const char backends[] = "a 02:00:00:00:00:0a\nb 02:00:00:00:00:0b\nc 02:00:00:00:00:0c\nd 02:00:00:00:00:0d\n";
#define FLOWS 4000u

/* The backend (last byte of its MAC) of a flow to the shared address; 0 where it is dropped. */
static uint8_t backend_of(uint32_t flow)
{
	uint8_t frame[CRAFT_BYTES];
	const struct crafted c = {.src = 0xc6120000 + flow, .src_port = (uint16_t)flow, .dst_port = 80};
	struct netvm_packet p = craft_packet(frame, &c);
	if (run(&p) == NETVM_ACTION_DROP)
		return 0;
	assert_true(craft_sums_right(frame, p.length));
	assert_int_equal(frame[11], 0xfd);
	return frame[5];
}

static void shares_are_equal_and_flows_stay(void **state)
{
	(void)state;
	uint32_t shares[256] = {0};
	uint8_t of[FLOWS];
	start_with("--vip 198.19.0.1 --backends @", backends);
	for (uint32_t i = 0; i < FLOWS; i++)
		shares[of[i] = backend_of(i)]++;
	for (uint8_t b = 0x0a; b <= 0x0d; b++)
		assert_in_range(shares[b], FLOWS / 4 * 85 / 100, FLOWS / 4 * 115 / 100);
	for (uint32_t i = 0; i < FLOWS; i++)
		assert_int_equal(backend_of(i), of[i]);
}

static int is_mapped(const char *file)
{
	char line[512];
	int found = 0;
	FILE *maps = fopen("/proc/self/maps", "re");
	assert_non_null(maps);
	while (fgets(line, sizeof line, maps))
		found |= strstr(line, file) != NULL;
	fclose(maps);
	return found;
}

/* A byte for each of the four. */
static void set_health(int fd, const uint8_t *up)
{
	assert_true(fd >= 0 && pwrite(fd, up, 4, 0) == 4);
}

static void start_with_health(const char *vip, const char *file)
{
	char options[128];
	snprintf(options, sizeof options, "--vip %s --backends @ --health %s", vip, file);
	start_with(options, backends);
}

/* A health byte turns: only that backend's flows move, to all others; when it is back, they stay where they are. */
static void only_flows_of_a_dead_backend_move(void **state)
{
	(void)state;
	char file[] = "health-XXXXXX";
	int fd = mkstemp(file);
	uint32_t moved[256] = {0};
	uint8_t of[FLOWS], health[4] = {1, 1, 1, 1};
	set_health(fd, health);
	start_with_health("198.19.0.1", file);
	for (uint32_t i = 0; i < FLOWS; i++)
		of[i] = backend_of(i);
	health[1] = 0;
	set_health(fd, health);
	for (uint32_t i = 0; i < FLOWS; i++) {
		uint8_t now = backend_of(i);
		assert_true(now != 0x0b && (of[i] == 0x0b || now == of[i]));
		if (of[i] == 0x0b)
			moved[now]++;
		of[i] = now;
	}
	for (uint8_t b = 0x0a; b <= 0x0d; b++)
		assert_true(b == 0x0b || moved[b] > FLOWS / 4 / 5);
	health[1] = 1;
	set_health(fd, health);
	for (uint32_t i = 0; i < FLOWS; i++)
		assert_int_equal(backend_of(i), of[i]);
	memset(health, 0, 4);
	set_health(fd, health);
	assert_int_equal(backend_of(0), 0);
	close(fd);
	assert_true(is_mapped(file));
	stop_nf();
	assert_false(is_mapped(file));
	unlink(file);
}

static void without_a_backend_little_else_moves(void **state)
{
	(void)state;
	static struct maglev four, three;
	struct backend list[] = {{.name = "a"}, {.name = "b"}, {.name = "c"}, {.name = "d"}};
	maglev_fill(&four, list, 4);
	maglev_fill(&three, list, 3);
	uint32_t others_moved = 0;
	for (uint32_t i = 0; i < MAGLEV_SIZE; i++)
		others_moved += four.table[i] != 3 && four.table[i] != three.table[i];
	assert_true(others_moved < MAGLEV_SIZE / 5);
	for (uint64_t up = 1; up < 16; up++) {
		for (uint32_t hash = 0; hash < 200; hash++)
			assert_true(up >> maglev_pick(&four, hash * 2654435761u, up) & 1);
	}
}

static void parts_of_a_datagram_stay_together_and_others_pass(void **state)
{
	(void)state;
	uint8_t first[CRAFT_BYTES], later[CRAFT_BYTES];
	start_with("--vip 198.19.0.1 --backends @", backends);
	for (uint16_t i = 0; i < 50; i++) {
		const struct crafted a = {.src_port = i, .dst_port = 80, .fragment = 0x2000, .src = 0x0a000000u + i},
				     b = {.src_port = i, .dst_port = 80, .fragment = 1, .src = 0x0a000000u + i};
		struct netvm_packet p = craft_packet(first, &a), q = craft_packet(later, &b);
		run(&p);
		run(&q);
		assert_memory_equal(first, later, 6);
	}
	const struct crafted other = {.dst = 0xc6130002};
	struct netvm_packet p = craft_packet(first, &other);
	assert_int_equal(run(&p), NETVM_ACTION_NEXT);
	assert_int_equal(first[5], 2);
}

static void ipv6_too(void **state)
{
	(void)state;
	uint8_t frame[CRAFT_BYTES];
	start_with("--vip 2001:db8::5 --backends @", backends);
	const struct crafted c = {.version = 6, .vlans = 1, .dst = 5};
	struct netvm_packet p = craft_packet(frame, &c);
	assert_int_equal(run(&p), NETVM_ACTION_NEXT);
	assert_in_range(frame[5], 0x0a, 0x0d);
}

/* The backend that an error goes to which somebody on the way sends about the backend's answer to a flow; 0 where it is dropped. */
static uint8_t backend_of_error(uint8_t version, uint32_t server, uint32_t client, uint8_t protocol, uint16_t client_port, uint8_t type, uint32_t quoted_bytes)
{
	uint8_t answer[CRAFT_BYTES], frame[CRAFT_BYTES];
	const struct crafted a = {.version = version, .protocol = protocol, .src = server, .dst = client, .src_port = 80,
				  .dst_port = client_port};
	craft(answer, &a);
	const struct crafted error = {.version = version, .protocol = version == 4 ? NETVM_ICMP : NETVM_ICMPV6, .icmp_type = type, .src = 0xc0000200 + client,
				      .dst = 5, .payload = answer + 14, .payload_bytes = quoted_bytes};
	struct netvm_packet p = craft_packet(frame, &error);
	if (run(&p) == NETVM_ACTION_DROP)
		return 0;
	assert_true(craft_sums_right(frame, p.length));
	return frame[5];
}

static uint8_t backend_of_client(uint8_t version, uint32_t client, uint8_t protocol, uint16_t client_port)
{
	uint8_t frame[CRAFT_BYTES];
	const struct crafted c = {.version = version, .protocol = protocol, .icmp_type = version == 4 ? 8 : 128, .src = client, .dst = 5,
				  .src_port = client_port, .dst_port = 80, .tcp_flags = 0x10};
	struct netvm_packet p = craft_packet(frame, &c);
	assert_int_equal(run(&p), NETVM_ACTION_NEXT);
	return frame[5];
}

/* Flows that have moved, too, so that their hash alone would not tell. */
static void errors_go_after_their_flow(void **state)
{
	(void)state;
	static const uint8_t protocols[] = {NETVM_TCP, NETVM_UDP, NETVM_ICMP}, types[2][3] = {{3, 11, 12}, {1, 2, 3}};
	uint8_t of[300];
	char file[] = "health-XXXXXX";
	int fd = mkstemp(file);
	for (uint8_t version = 4; version <= 6; version += 2) {
		set_health(fd, (uint8_t[]){1, 1, 0, 0});
		start_with_health(version == 4 ? "0.0.0.5" : "2001:db8::5", file);
		uint32_t elsewhere = 0;
		for (uint16_t i = 0; i < 300; i++) {
			uint8_t protocol = protocols[i % 3] == NETVM_ICMP && version == 6 ? NETVM_ICMPV6 : protocols[i % 3];
			of[i] = backend_of_client(version, 1000 + i, protocol, 7000 + i);
		}
		set_health(fd, (uint8_t[]){1, 1, 1, 1});
		for (uint16_t i = 0; i < 300; i++) {
			uint8_t protocol = protocols[i % 3] == NETVM_ICMP && version == 6 ? NETVM_ICMPV6 : protocols[i % 3];
			uint32_t least = version == 4 ? 28 : 48;
			assert_int_equal(backend_of_error(version, 5, 1000 + i, protocol, 7000 + i, types[version == 6][i % 3], least), of[i]);
			/* One that says too little, or no error, is a packet as any other. */
			elsewhere += backend_of_error(version, 5, 1000 + i, protocol, 7000 + i, types[version == 6][i % 3], least - 1) != of[i];
			elsewhere += backend_of_error(version, 5, 1000 + i, protocol, 7000 + i, version == 4 ? 8 : 128, least) != of[i];
		}
		assert_true(elsewhere > 300);
	}
	close(fd);
	unlink(file);
}

/* An error makes no flow: where it says the truth of one later, that goes the same way all the same. */
static void errors_leave_nothing(void **state)
{
	(void)state;
	char file[] = "health-XXXXXX";
	int fd = mkstemp(file);
	set_health(fd, (uint8_t[]){1, 0, 0, 0});
	start_with_health("0.0.0.5", file);
	for (uint16_t i = 0; i < 100; i++)
		assert_int_equal(backend_of_error(4, 5, 1000 + i, NETVM_UDP, 7000, 3, 28), 0x0a);
	for (uint16_t i = 0; i < 100; i++) /* about somebody else's packets: as a flow of its own */
		assert_int_equal(backend_of_error(4, 6, 2000 + i, NETVM_UDP, 7000, 3, 28), 0x0a);
	set_health(fd, (uint8_t[]){1, 1, 1, 1});
	uint32_t elsewhere = 0;
	for (uint16_t i = 0; i < 100; i++) {
		uint8_t b = backend_of_error(4, 5, 1000 + i, NETVM_UDP, 7000, 3, 28);
		assert_int_equal(backend_of_client(4, 1000 + i, NETVM_UDP, 7000), b);
		elsewhere += b != 0x0a;
		assert_int_equal(backend_of_error(4, 6, 2000 + i, NETVM_UDP, 7000, 3, 28), 0x0a);
	}
	assert_true(elsewhere > 50);
	close(fd);
	unlink(file);
}

static void bad_files_are_refused(void **state)
{
	(void)state;
	refused_with("--vip 198.19.0.1 --backends @", "a 02:00:00:00:00:0a\na 02:00:00:00:00:0b\n", ":2: expected a name that no line");
	refused_with("--vip 198.19.0.1 --backends @", "a\n", ":1: expected two words");
	refused_with("--vip 198.19.0.1 --backends @", "# none\n", "expected at least one backend");
	refused_with("--vip 198.19.0 --backends @", backends, "--vip: expected an address");
	refused_with("--vip 198.19.0.1 --backends @ --health /dev/null", backends, "/dev/null: expected 4 bytes");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_back_what_it_took),
		cmocka_unit_test(shares_are_equal_and_flows_stay),
		cmocka_unit_test(only_flows_of_a_dead_backend_move),
		cmocka_unit_test(without_a_backend_little_else_moves),
		cmocka_unit_test(parts_of_a_datagram_stay_together_and_others_pass),
		cmocka_unit_test(ipv6_too),
		cmocka_unit_test(errors_go_after_their_flow),
		cmocka_unit_test(errors_leave_nothing),
		cmocka_unit_test(bad_files_are_refused),
		cmocka_unit_test(passes_ordinary_traffic),
		cmocka_unit_test(survives_malformed_packets),
	};
	return cmocka_run_group_tests_name("loadbalancer", tests, NULL, NULL);
}
