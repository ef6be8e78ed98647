/*
 * Whole trials against a device in this process: one thread that reflects every queue's frames, and loses and doubles some. Whatever
 * cores send and receive, the counts are exact. Loads are far below what a busy machine carries; nothing asserts a time.
 */
#define _GNU_SOURCE
#include "check.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../gen/trial.h"

#define QUEUES 2u
#define SLOTS 4096u
#define RING_BYTES (sizeof(struct memif_ring) + SLOTS * sizeof(struct memif_desc))
#define RINGS_BYTES (2 * QUEUES * RING_BYTES)
#define BYTES (RINGS_BYTES + 2ull * QUEUES * SLOTS * 2048)

/* No port in these tests. */
struct io_port *io_port_open(uint16_t port) { (void)port; return NULL; }
void io_port_close(struct io_port *p) { (void)p; }
int io_port_link_up(const struct io_port *p) { return p != NULL; }
uint32_t io_port_reserve(struct io_port *p, uint8_t **to, uint32_t n) { (void)p, (void)to, (void)n; abort(); }
uint32_t io_port_commit(struct io_port *p, const uint16_t *lengths, uint32_t n) { (void)p, (void)lengths, (void)n; abort(); }
uint32_t io_port_peek(struct io_port *p, struct io_frame *frames, uint32_t n) { (void)p, (void)frames, (void)n; abort(); }
void io_port_release(struct io_port *p) { (void)p; abort(); }

/* The device. */
static struct {
	uint8_t *base;
	struct memif_ring *s2c[QUEUES], *c2s[QUEUES];
	uint32_t queues;
	uint16_t taken[QUEUES]; /* slots of s2c that were reflected */
	uint32_t lose_every, double_every, stray_every; /* 0: none */
	uint64_t seen[QUEUES], lost, doubled, strayed;
	int stop;
	pthread_t thread;
} device;

static struct memif_server wire;
static struct generator *g;
static volatile int aborted;
static int first_core, last_core;

static uint32_t buffer_at(uint32_t ring, uint32_t slot)
{
	return (uint32_t)(RINGS_BYTES + ((uint64_t)ring * SLOTS + slot) * 2048);
}

static void transmit(uint32_t q, const uint8_t *frame, uint32_t length)
{
	struct memif_ring *ring = device.c2s[q];
	while ((uint16_t)(ring->head - __atomic_load_n(&ring->tail, __ATOMIC_ACQUIRE)) == SLOTS && !device.stop)
		sched_yield();
	struct memif_desc *d = &ring->desc[ring->head % SLOTS];
	memcpy(device.base + d->offset, frame, length);
	d->length = length;
	__atomic_store_n(&ring->head, (uint16_t)(ring->head + 1), __ATOMIC_RELEASE);
}

static void reflect_one(uint32_t q)
{
	struct memif_desc *d = &device.s2c[q]->desc[device.taken[q]++ % SLOTS];
	uint64_t number = ++device.seen[q];
	if (device.lose_every && number % device.lose_every == 0) {
		device.lost++;
	} else if (device.stray_every && number % device.stray_every == 0) {
		transmit(1 - q, device.base + d->offset, d->length);
		device.strayed++;
	} else {
		transmit(q, device.base + d->offset, d->length);
		if (device.double_every && number % device.double_every == 0) {
			transmit(q, device.base + d->offset, d->length);
			device.doubled++;
		}
	}
	d->length = 2048;
	__atomic_store_n(&device.s2c[q]->head, (uint16_t)(device.s2c[q]->head + 1), __ATOMIC_RELEASE);
}

static void *reflect(void *unused)
{
	(void)unused;
	while (!__atomic_load_n(&device.stop, __ATOMIC_ACQUIRE)) {
		uint32_t done = 0;
		for (uint32_t q = 0; q < device.queues; q++) {
			while (device.taken[q] != __atomic_load_n(&device.s2c[q]->tail, __ATOMIC_ACQUIRE)) {
				reflect_one(q);
				done++;
			}
		}
		if (done == 0)
			sched_yield();
	}
	return NULL;
}

static void plug_in(uint32_t queues)
{
	memset(device.base, 0, BYTES);
	memset(&wire, 0, sizeof wire);
	wire.live = 1;
	wire.link.regions = 1;
	wire.link.region[0] = (struct memif_region){device.base, BYTES, BYTES};
	device.queues = queues;
	device.stop = 0;
	device.lose_every = device.double_every = device.stray_every = 0;
	device.lost = device.doubled = device.strayed = 0;
	for (uint32_t q = 0; q < queues; q++) {
		device.s2c[q] = (struct memif_ring *)(device.base + 2 * q * RING_BYTES);
		device.c2s[q] = (struct memif_ring *)(device.base + (2 * q + 1) * RING_BYTES);
		for (uint32_t i = 0; i < SLOTS; i++) {
			device.s2c[q]->desc[i] = (struct memif_desc){.length = 2048, .offset = buffer_at(2 * q, i)};
			device.c2s[q]->desc[i] = (struct memif_desc){.length = 2048, .offset = buffer_at(2 * q + 1, i)};
		}
		device.s2c[q]->head = SLOTS;
		device.taken[q] = 0;
		device.seen[q] = 0;
		wire.link.s2c[q] = (struct memif_ring_place){device.s2c[q], SLOTS};
		wire.link.c2s[q] = (struct memif_ring_place){device.c2s[q], SLOTS};
	}
	for (uint32_t q = 0; q < MEMIF_QUEUES_MAX; q++)
		wire.tx[q].server = wire.rx[q].server = &wire;
	assert_int_equal(pthread_create(&device.thread, NULL, reflect, NULL), 0);
}

static void unplug(void)
{
	__atomic_store_n(&device.stop, 1, __ATOMIC_RELEASE);
	pthread_join(device.thread, NULL);
}

static void start_generator(const struct core_list *tx, const struct core_list *rx)
{
	static struct netvm_telemetry_header header;
	static uint64_t values[GEN_COUNTERS], histogram[NETVM_HDR_LEN];
	static struct netvm_event events[TELEMETRY_EVENTS];
	g = calloc(1, sizeof *g);
	assert_non_null(g);
	memset(&header, 0, sizeof header);
	memset(values, 0, sizeof values);
	g->telemetry = (struct telemetry){.header = &header, .values = values, .events = events, .histogram = histogram};
	g->io.memif = &wire;
	g->tsc_hz = 2000000000; /* whatever this machine's is: rates here need not be exact */
	g->abort = &aborted;
	g->tag = 0xffff; /* the tags of a trial may wrap */
	assert_int_equal(trial_init(g, first_core, tx, rx), 0);
}

static void stop_generator(void)
{
	for (uint32_t i = 0; i < g->senders_n; i++)
		load_free(&g->senders[i].load);
	for (uint32_t i = 0; i < g->receivers_n; i++) {
		for (uint32_t k = 0; k < g->senders_n; k++)
			free(g->receivers[i].streams[k].sequence.missing_at);
		if (i > 0)
			free(g->receivers[i].histogram);
	}
	free(g);
}

static struct trial_request easy(void)
{
	static const uint16_t ids[] = {5};
	struct trial_request r = {.sizes = {88, 594, 1518}, .sizes_n = 3, .pps = 20000, .line_rate_bps = 1e10, .duration_ms = 100,
				  .drain_ms = 300, .flows = 64, .stamp_every = 1};
	r.traffic = (struct traffic_request){.layout = frame_layout_of(6, ids, 1), .arrival = ARRIVAL_POISSON, .seed = 3};
	return r;
}

static uint64_t histogram_sum(void)
{
	uint64_t sum = 0;
	for (uint32_t i = 0; i < NETVM_HDR_LEN; i++)
		sum += g->telemetry.histogram[i];
	return sum;
}

/* Two trials, the second of which must know nothing of the first. */
static void count_exactly(const struct core_list *tx, const struct core_list *rx)
{
	struct trial_request request = easy();
	struct trial_result result;
	struct control_error error = {0};
	plug_in(tx->n);
	start_generator(tx, rx);
	for (int i = 0; i < 2; i++) {
		device.lose_every = i == 0 ? 0 : 10;
		device.double_every = i == 0 ? 0 : 7;
		device.lost = device.doubled = 0;
		assert_int_equal(trial_run(g, &request, &result, &error), 0);
		assert_true(result.sent > 0);
		assert_int_equal(result.sent, result.received + result.wire_full + device.lost);
		assert_int_equal(result.lost, result.wire_full + device.lost);
		assert_int_equal(result.duplicates, device.doubled);
		assert_int_equal(result.reordered, 0);
		assert_int_equal(result.foreign, 0);
		assert_int_equal(result.strayed, 0);
		assert_int_equal(result.latency_samples, result.received + result.duplicates);
		assert_int_equal(histogram_sum(), result.latency_samples);
		assert_int_equal(result.sizes_n, 3);
		assert_int_equal(result.sizes[0].sent + result.sizes[1].sent + result.sizes[2].sent, result.sent);
		assert_int_equal(result.sizes[0].received + result.sizes[1].received + result.sizes[2].received,
				 result.received + result.duplicates);
	}
	if (tx->n > 1)
		assert_true(device.seen[0] > 0 && device.seen[1] > 0);
	stop_generator();
	unplug();
}

static void one_core_does_both(void **state)
{
	(void)state;
	count_exactly(&(struct core_list){1, {first_core}}, &(struct core_list){1, {first_core}});
}

static void one_core_sends_and_another_receives(void **state)
{
	(void)state;
	count_exactly(&(struct core_list){1, {first_core}}, &(struct core_list){1, {last_core}});
}

static void two_cores_send_and_one_of_them_receives(void **state)
{
	(void)state;
	count_exactly(&(struct core_list){2, {first_core, last_core}}, &(struct core_list){1, {last_core}});
}

static void two_cores_send_and_receive_each_others(void **state)
{
	(void)state;
	count_exactly(&(struct core_list){2, {first_core, last_core}}, &(struct core_list){2, {last_core, first_core}});
}

static void a_trial_of_so_many_packets_sends_no_other_number(void **state)
{
	(void)state;
	struct core_list tx = {2, {first_core, last_core}}, rx = {1, {first_core}};
	struct trial_request request = easy();
	struct trial_result result;
	struct control_error error = {0};
	request.packets = 1001;
	request.duration_ms = 60000; /* only a limit */
	plug_in(2);
	start_generator(&tx, &rx);
	assert_int_equal(trial_run(g, &request, &result, &error), 0);
	assert_int_equal(result.sent, 1001);
	assert_int_equal(result.received + result.wire_full, 1001);
	request.packets = 1;
	assert_int_equal(trial_run(g, &request, &result, &error), -1);
	assert_string_equal(error.message, "packets: expected at least one for each of 2 cores in --tx-cores");
	stop_generator();
	unplug();
}

/* They came back, and are counted; that their order is not known is said. */
static void packets_on_another_queue_than_their_own_are_counted(void **state)
{
	(void)state;
	struct core_list tx = {2, {first_core, last_core}}, rx = {2, {first_core, last_core}};
	struct trial_request request = easy();
	struct trial_result result;
	struct control_error error = {0};
	plug_in(2);
	start_generator(&tx, &rx);
	device.stray_every = 5;
	assert_int_equal(trial_run(g, &request, &result, &error), 0);
	assert_true(device.strayed > 0);
	assert_int_equal(result.strayed, device.strayed);
	assert_int_equal(result.sent, result.received + result.wire_full);
	assert_int_equal(result.foreign, 0);
	assert_int_equal(g->telemetry.values[GEN_RX_STRAYED], result.strayed);
	stop_generator();
	unplug();
}

/* Each core its own: the calling thread's, every sender's and every receiver's. */
static void as_many_cores_as_there_can_be_have_a_place(void **state)
{
	(void)state;
	struct core_list tx = {GEN_STREAMS_MAX, {0}}, rx = {GEN_STREAMS_MAX, {0}};
	for (int i = 0; i < (int)GEN_STREAMS_MAX; i++) {
		tx.cores[i] = 100 + i;
		rx.cores[i] = 200 + i;
	}
	plug_in(1);
	start_generator(&tx, &rx);
	assert_int_equal(g->workers_n, 1 + 2 * GEN_STREAMS_MAX);
	assert_true(g->workers_n <= sizeof g->workers / sizeof g->workers[0]);
	stop_generator();
	unplug();
}

static void a_device_with_too_few_queues_is_named(void **state)
{
	(void)state;
	struct core_list tx = {2, {first_core, last_core}}, rx = {1, {first_core}};
	struct trial_request request = easy();
	struct trial_result result;
	struct control_error error = {0};
	plug_in(1);
	start_generator(&tx, &rx);
	assert_int_equal(trial_run(g, &request, &result, &error), -1);
	assert_string_equal(error.message, "the device has 1 queue on the wire, and 2 cores of --tx-cores need one each");
	stop_generator();
	unplug();
}

/* The threads that did start neither begin nor wait for ever. */
static void a_core_that_is_not_ours_is_named_and_nothing_is_sent(void **state)
{
	(void)state;
	struct core_list tx = {2, {first_core, CPU_SETSIZE - 1}}, rx = {1, {last_core}};
	struct trial_request request = easy();
	struct trial_result result;
	struct control_error error = {0};
	plug_in(2);
	start_generator(&tx, &rx);
	assert_int_equal(trial_run(g, &request, &result, &error), -1);
	assert_string_equal(error.message, "cannot start a thread on core 1023: is it a core of this process? (see taskset)");
	for (uint32_t i = 0; i < g->senders_n; i++)
		assert_int_equal(g->senders[i].load.sent, 0);
	stop_generator();
	unplug();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_core_does_both),
		cmocka_unit_test(one_core_sends_and_another_receives),
		cmocka_unit_test(two_cores_send_and_one_of_them_receives),
		cmocka_unit_test(two_cores_send_and_receive_each_others),
		cmocka_unit_test(a_trial_of_so_many_packets_sends_no_other_number),
		cmocka_unit_test(packets_on_another_queue_than_their_own_are_counted),
		cmocka_unit_test(as_many_cores_as_there_can_be_have_a_place),
		cmocka_unit_test(a_device_with_too_few_queues_is_named),
		cmocka_unit_test(a_core_that_is_not_ours_is_named_and_nothing_is_sent),
	};
	cpu_set_t set;
	if (sched_getaffinity(0, sizeof set, &set) != 0)
		return 1;
	for (first_core = 0; !CPU_ISSET((unsigned)first_core, &set); first_core++)
		;
	for (last_core = CPU_SETSIZE - 1; !CPU_ISSET((unsigned)last_core, &set); last_core--)
		;
	device.base = aligned_alloc(4096, (BYTES + 4095) & ~4095ull);
	if (!device.base || first_core == last_core) {
		fprintf(stderr, "this test needs two cores\n");
		return 1;
	}
	int failed = cmocka_run_group_tests_name("trial", tests, NULL, NULL);
	free(device.base);
	return failed;
}
