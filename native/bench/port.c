/*
 * bench-port: what it costs netvmd to receive a burst from its port and to transmit one, each alone: DPDK's net_memif, zero-copy, on buffers in a region, with the generator's end of the wire as the peer.
 * The peer has filled the receive ring before, and drains the other one afterwards; neither is in the times. With the peer on the same core all lines are in that core's cache; with the peer on the other one
 * indices and descriptors come from there. Receiving takes new buffers for the ring from the pool, transmitting gives back those that the peer is done with: that is in the times, as it is in netvmd's.
 * Not a goal: a rate (the harness measures that), or what becomes of a frame's own bytes: no step here reads them.
 *
 *   bench-port --region FILE --wire SOCKET [--cores A,B] [--smoke] [--json | --out FILE] [--only STEP]
 *
 * FILE on a hugetlbfs; both are made, and removed. DPDK needs 32 MB of free huge pages besides.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_ethdev.h>

#include "../abi/wait.h"
#include "../base/wire.h"
#include "../gen/frame.h"
#include "../gen/memif_ring.h"
#include "../gen/memif_server.h"
#include "../netvmd/region.h"
#include "figures.h"

#define BURST 64u /* netvmd's */
#define RING (1u << WIRE_LOG2_RING)
#define IN_FLIGHT 4096u /* netvmd's credits: as much as it ever receives or transmits in one go */
#define BUFFERS (2 * RING + IN_FLIGHT + 1024u)
#define LENGTH (FRAME_MIN_BYTES - FRAME_CRC_BYTES) /* of a frame of 64 bytes, as software has it */
#define MEMORY_MB 32
#define LINK_WAIT_MS 5000

static struct figures figures;
static struct region region;
static struct memif_server *server;
static uint64_t written, read_back; /* frames so far, and so the number of the next one */

struct kind {
	const char *receive, *transmit;
	uint32_t packets; /* that wait, and then go, at once */
	int apart;        /* the peer is on core A */
};

static const struct kind kinds[] = {
	{"receive, a burst of 64", "transmit, a burst of 64", BURST, 0},
	{"receive, 4096 waiting", "transmit, 4096 at once", IN_FLIGHT, 0},
	{"receive, from another core", "transmit, to another core", IN_FLIGHT, 1},
};

static _Noreturn void give_up(const char *what)
{
	fprintf(stderr, "bench-port: %s\n", what);
	exit(1);
}

/* The peer writes so many frames into the device's buffers. There is room: the device has emptied the ring. */
static void fill(uint32_t packets)
{
	const struct frame_layout layout = frame_layout_of(4, NULL, 0);
	const struct frame_template template = frame_template_of(&layout, LENGTH);
	const struct frame_flow flow = frame_flow_of(&layout, 0);
	uint8_t *to[BURST];
	uint16_t lengths[BURST];
	for (uint32_t sent = 0, n; sent < packets; sent += n) {
		n = memif_reserve(&server->tx[0], to, packets - sent < BURST ? packets - sent : BURST);
		if (n == 0)
			give_up("the device has no buffers in its receive ring");
		for (uint32_t i = 0; i < n; i++) {
			struct frame_payload payload = {.sequence = written++};
			frame_write(&layout, &template, &flow, &payload, to[i]);
			lengths[i] = LENGTH;
		}
		memif_commit(&server->tx[0], lengths, n);
	}
}

/* The peer takes so many frames: those that it has written, and in that order. */
static void drain(uint32_t packets)
{
	const struct frame_layout layout = frame_layout_of(4, NULL, 0);
	struct io_frame frames[BURST];
	for (uint32_t got = 0, n; got < packets; got += n) {
		n = memif_peek(&server->rx[0], frames, packets - got < BURST ? packets - got : BURST);
		if (n == 0)
			give_up("fewer packets came back than were transmitted");
		for (uint32_t i = 0; i < n; i++) {
			struct frame_payload payload;
			if (frames[i].readable != LENGTH)
				give_up("a frame came back with another length");
			memcpy(&payload, frames[i].data + layout.payload, sizeof payload);
			if (payload.sequence != read_back++)
				give_up("a frame came back out of order");
		}
		memif_release(&server->rx[0]);
	}
}

/* The peer on a core of its own: does one thing at a time, and touches nothing in between. */
static struct {
	void (*work)(uint32_t packets); /* NULL: leave */
	uint32_t packets;
	_Alignas(64) _Atomic uint32_t asked;
	_Alignas(64) _Atomic uint32_t done;
} apart;

static void *serve_apart(void *unused)
{
	(void)unused;
	figures_pin(&figures, figures.core_a);
	for (uint32_t turn = 1;; turn++) {
		while (atomic_load_explicit(&apart.asked, memory_order_acquire) != turn)
			netvm_pause();
		if (apart.work)
			apart.work(apart.packets);
		atomic_store_explicit(&apart.done, turn, memory_order_release);
		if (!apart.work)
			return NULL;
	}
}

static void ask_peer(const struct kind *kind, void (*work)(uint32_t packets))
{
	if (!kind->apart && work) {
		work(kind->packets);
		return;
	}
	apart.work = work;
	apart.packets = kind->packets;
	uint32_t turn = atomic_fetch_add_explicit(&apart.asked, 1, memory_order_release) + 1;
	while (atomic_load_explicit(&apart.done, memory_order_acquire) != turn)
		netvm_pause();
}

static uint64_t receive(struct rte_mbuf **m, uint32_t packets)
{
	uint64_t start = netvm_tsc();
	for (uint32_t got = 0, n; got < packets; got += n) {
		n = rte_eth_rx_burst(0, 0, m + got, packets - got < BURST ? (uint16_t)(packets - got) : BURST);
		if (n == 0)
			give_up("fewer packets were received than had been written");
	}
	return netvm_tsc() - start;
}

static uint64_t transmit(struct rte_mbuf **m, uint32_t packets)
{
	uint64_t start = netvm_tsc();
	for (uint32_t sent = 0, n; sent < packets; sent += n) {
		n = rte_eth_tx_burst(0, 0, m + sent, packets - sent < BURST ? (uint16_t)(packets - sent) : BURST);
		if (n == 0)
			give_up("the transmit ring has no room, and had been drained");
	}
	return netvm_tsc() - start;
}

/* So many packets there and back, again and again; cycles of each direction, a packet. */
static void there_and_back(const struct kind *kind, uint32_t passes, double *rx, double *tx)
{
	static struct rte_mbuf *m[IN_FLIGHT];
	uint64_t rx_cycles = 0, tx_cycles = 0;
	for (uint32_t i = 0; i < passes; i++) {
		ask_peer(kind, fill);
		rx_cycles += receive(m, kind->packets);
		tx_cycles += transmit(m, kind->packets);
		ask_peer(kind, drain);
	}
	*rx = (double)rx_cycles / ((double)passes * kind->packets);
	*tx = (double)tx_cycles / ((double)passes * kind->packets);
	figures.checksum += (uint64_t)passes * kind->packets;
}

static void measure(const struct kind *kind)
{
	double rx[FIGURES_REPEATS_MAX], tx[FIGURES_REPEATS_MAX];
	uint32_t passes = figures.rounds * BURST / kind->packets + 1;
	if (!figures_wanted(&figures, kind->receive) && !figures_wanted(&figures, kind->transmit))
		return;
	there_and_back(kind, 3, rx, tx); /* the ring is used up once, and caches are warm */
	for (int i = 0; i < figures.repeats; i++)
		there_and_back(kind, passes, &rx[i], &tx[i]);
	if (figures_wanted(&figures, kind->receive))
		figures_add(&figures, kind->receive, rx);
	if (figures_wanted(&figures, kind->transmit))
		figures_add(&figures, kind->transmit, tx);
}

/* As netvmd has it: the region's buffers, its pool, the port's rings. The file's name goes at once, so that none can be left. Returns 0, or -1 with a sentence on stderr. */
static int open_port(const char *file, const char *socket)
{
	static struct rte_mbuf *none[BURST];
	const struct wire_options wire = {
		.program = "bench-port", .core = figures.core_b, .memory_mb = MEMORY_MB, .log2_ring = WIRE_LOG2_RING, .socket = socket};
	server = memif_server_open(socket);
	if (!server || wire_init_eal(&wire) != 0)
		return -1;
	if (region_create(&region, file, BUFFERS, IN_FLIGHT, 1, (struct region_place){-1, -1}, SOCKET_ID_ANY) != 0)
		return -1;
	region_remove(file);
	if (wire_start_port(0, region.pool, RING, 1) != 0)
		return -1;
	for (int ms = 0; !wire_link_up(0) || !memif_link_up(server); ms++) {
		if (ms == LINK_WAIT_MS) {
			fprintf(stderr, "bench-port: the wire did not come up within %d ms\n", LINK_WAIT_MS);
			return -1;
		}
		usleep(1000);
	}
	return rte_eth_rx_burst(0, 0, none, BURST) == 0 ? 0 : -1; /* puts buffers into the receive ring */
}

static void close_port(void)
{
	memif_end_rest(&server->tx[0]);
	memif_end_rest(&server->rx[0]);
	rte_eth_dev_stop(0);
	memif_server_close(server);
	rte_eal_cleanup();
}

static void measure_all(void)
{
	pthread_t peer;
	const struct kind *last = &kinds[sizeof kinds / sizeof kinds[0] - 1];
	for (const struct kind *kind = kinds; kind <= last; kind++) {
		if (kind->apart && pthread_create(&peer, NULL, serve_apart, NULL) != 0)
			give_up("no thread for the peer");
		measure(kind);
		if (kind->apart) {
			ask_peer(kind, NULL);
			pthread_join(peer, NULL);
		}
	}
}

int main(int argc, char **argv)
{
	const char *file = NULL, *socket = NULL;
	figures = figures_of("bench-port");
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--region") == 0 && i + 1 < argc) {
			file = argv[++i];
		} else if (strcmp(argv[i], "--wire") == 0 && i + 1 < argc) {
			socket = argv[++i];
		} else if (!figures_option(&figures, argc, argv, &i)) {
			file = socket = NULL;
			break;
		}
	}
	if (!file || !socket) {
		fprintf(stderr, "usage: bench-port --region FILE --wire SOCKET " FIGURES_USAGE "\n");
		return 2;
	}
	if (figures_begin(&figures) != 0 || open_port(file, socket) != 0)
		return 3;
	measure_all();
	close_port();
	return figures_end(&figures) == 0 ? 0 : 3;
}
