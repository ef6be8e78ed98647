/* An NF behind a DPDK port, on a port without DPDK: its books close also when it is stopped with packets in its hands. */
#include "check.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "../base/clock.h"
#include "../vswitch/nf_loop.h"
#include "fake_port.h"

#define STOPPED_AT 5u /* the burst in which the signal comes */

static uint32_t bursts, stops;

/* What the loop needs besides, and is of no matter here. */
int rte_eth_dev_stop(uint16_t port) { return port; }
int rte_eal_cleanup(void) { return 0; }
void wire_settle_thread(void) {}
uint64_t clock_tsc_hz(void) { return 2000000000; }
RTE_DEFINE_PER_LCORE(int, _rte_errno);
const char *rte_strerror(int number) { (void)number; abort(); }
void rte_delay_us_sleep(unsigned int us) { (void)us; abort(); }
struct rte_mempool *rte_pktmbuf_pool_create_by_ops(const char *name, unsigned int n, unsigned int cache, uint16_t private_size, uint16_t room,
						   int socket, const char *ops)
{
	(void)name, (void)n, (void)cache, (void)private_size, (void)room, (void)socket, (void)ops;
	abort();
}

/* Drops the first of each burst. */
static void process(struct netvm_packet *packets, uint32_t n)
{
	(void)n;
	packets[0].action = NETVM_ACTION_DROP;
	if (++bursts == STOPPED_AT)
		raise(SIGTERM);
}

static void stop(void)
{
	stops++;
}

const struct netvm_nf netvm_nf = {.name = "stopped", .process = process, .stop = stop};

static void what_a_stopped_one_holds_has_a_name(void **state)
{
	(void)state;
	static struct netvm_telemetry_header header;
	static struct netvm_event events[TELEMETRY_EVENTS];
	static uint64_t values[NF_COUNTERS_HOST];
	char *buffers = aligned_alloc(64, (size_t)FAKE_MBUFS * BUFFER_STRIDE);
	assert_non_null(buffers);
	fake_reset(buffers, BUFFER_STRIDE);
	struct nf_port p = {.port = FAKE_WIRE, .queues = 1, .telemetry = {.header = &header, .values = values, .events = events}};
	assert_int_equal(nf_program_start("nf-stopped", 0, NULL), 0);
	assert_int_equal(nf_loop_run(&p), 0);
	assert_int_equal(stops, 1);
	assert_int_equal(bursts, STOPPED_AT);
	assert_int_equal(values[NF_COUNT_RX], STOPPED_AT * NETVM_NF_BURST);
	assert_int_equal(values[NF_COUNT_DROP_VERDICT], STOPPED_AT);
	assert_int_equal(values[NF_COUNT_DROP_STOPPED], NETVM_NF_BURST - 1);
	assert_int_equal(values[NF_COUNT_RX], fake_sum_sent() + values[NF_COUNT_DROP_VERDICT] + values[NF_COUNT_DROP_STOPPED]);
	assert_int_equal(fake.unused_count, FAKE_MBUFS); /* and every buffer is back */
	free(buffers);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(what_a_stopped_one_holds_has_a_name)};
	return cmocka_run_group_tests_name("nf_loop", tests, NULL, NULL);
}
