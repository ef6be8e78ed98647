#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../abi/region.h"
#include "packet.h"

/* What the NF prints when it leaves. */
static void report(char *text, size_t bytes)
{
	char file[] = "monitor-XXXXXX";
	int fd = mkstemp(file), out = dup(STDOUT_FILENO);
	fflush(stdout);
	dup2(fd, STDOUT_FILENO);
	netvm_nf.stop();
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
	uint8_t frame[60], before[60];
	for (uint32_t i = 0; i < 500; i++) {
		struct netvm_packet p = udp_packet(frame, i % 10);
		memcpy(before, frame, sizeof frame);
		netvm_nf.process(&p, 1);
		assert_memory_equal(frame, before, sizeof frame);
		assert_int_equal(p.action, NETVM_ACTION_NEXT);
	}
	struct netvm_packet arp = udp_packet(frame, 0);
	frame[13] = 0x06;
	netvm_nf.process(&arp, 1);
	char text[256];
	report(text, sizeof text);
	assert_string_equal(text, "{\"packets\":501,\"bytes\":30060,\"flows\":10,\"evicted\":0,\"notIpv4\":1}\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(counts_packets_bytes_and_flows_and_changes_nothing)};
	return cmocka_run_group_tests_name("monitor", tests, NULL, NULL);
}
