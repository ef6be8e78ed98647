#include "nf_check.h"

#include "../nfs/monitor/counts.h"
#include "packet.h"

/* What the NF prints when it leaves. */
static void report(char *text, size_t bytes)
{
	char file[] = "monitor-XXXXXX";
	int fd = mkstemp(file), out = dup(STDOUT_FILENO);
	fflush(stdout);
	dup2(fd, STDOUT_FILENO);
	stop_nf();
	fflush(stdout);
	dup2(out, STDOUT_FILENO);
	ssize_t n = pread(fd, text, bytes - 1, 0);
	text[n < 0 ? 0 : n] = 0;
	close(fd);
	close(out);
	unlink(file);
}

static void counts_packets_bytes_and_flows_and_changes_nothing(void **state)
{
	(void)state;
	uint8_t frame[CRAFT_BYTES], before[60];
	start_with("--top 1", NULL);
	for (uint32_t i = 0; i < 501; i++) {
		struct netvm_packet p = udp_packet(frame, i % 10);
		memcpy(before, frame, sizeof before);
		assert_int_equal(run(&p), NETVM_ACTION_NEXT);
		assert_memory_equal(frame, before, sizeof before);
	}
	const struct crafted v6 = {.version = 6};
	struct netvm_packet p = craft_packet(frame, &v6), arp = udp_packet(frame, 0);
	p = craft_packet(frame, &v6);
	run(&p);
	arp = udp_packet(frame, 0);
	frame[13] = 0x06;
	run(&arp);
	char text[1024];
	report(text, sizeof text);
	assert_string_equal(text,
			    "{\"packets\":503,\"bytes\":30182,\"flows\":11,\"evicted\":0,\"evictedPackets\":0,\"evictedBytes\":0,\"notIp\":1,"
			    "\"heaviest\":[{\"src\":\"198.18.0.0\",\"srcPort\":1024,\"dst\":\"198.19.0.1\",\"dstPort\":9,\"protocol\":17,"
			    "\"packets\":51,\"bytes\":3060}]}\n");
}

/* A hundred heavy flows among a hundred thousand light ones, which the stages cannot hold. */
static void heavy_hitters_stay_and_nothing_is_lost_from_the_sum(void **state)
{
	(void)state;
	static struct flow_counts c;
	static struct flow_count list[COUNTS_MAX];
	uint64_t packets = 0, bytes = 0, sum = 0, byte_sum = 0;
	for (uint32_t i = 0; i < 100000; i++) {
		struct netvm_flow light = {.src.low = 1000 + i, .dst.low = 7, .protocol = 17, .version = 4};
		struct netvm_flow heavy = {.src.low = i % 100, .dst.low = 9, .protocol = 6, .version = 4};
		counts_add(&c, &light, netvm_flow_hash(&light), 60);
		counts_add(&c, &heavy, netvm_flow_hash(&heavy), 1000);
		packets += 2;
		bytes += 1060;
	}
	uint32_t n = counts_collect(&c, list);
	for (uint32_t i = 0; i < n; i++) {
		sum += list[i].packets;
		byte_sum += list[i].bytes;
		assert_true(i == 0 || list[i].packets <= list[i - 1].packets);
	}
	assert_int_equal(sum + c.evicted_packets, packets);
	assert_int_equal(byte_sum + c.evicted_bytes, bytes);
	assert_true(c.evicted_flows > 0);
	for (uint32_t i = 0; i < 100; i++) {
		assert_int_equal(list[i].flow.dst.low, 9);
		assert_in_range(list[i].packets, 900, 1000);
	}
}

static void bad_options_are_refused(void **state)
{
	(void)state;
	refused_with("--top 16385", NULL, "--top: expected a number from 0 to 16384, got 16385");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_back_what_it_took),
		cmocka_unit_test(counts_packets_bytes_and_flows_and_changes_nothing),
		cmocka_unit_test(heavy_hitters_stay_and_nothing_is_lost_from_the_sum),
		cmocka_unit_test(bad_options_are_refused),
		cmocka_unit_test(passes_ordinary_traffic),
		cmocka_unit_test(survives_malformed_packets),
	};
	return cmocka_run_group_tests_name("monitor", tests, NULL, NULL);
}
